// SPDX-License-Identifier: Apache-2.0
// parts/mounts/plan.h - from config.json's mounts to init's actions. Runs in: parent, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/cgroup/cgroup.h"
#include "parts/mounts/mounts.h"
#include "parts/users/users.h"
#include "plan/builder.h"

namespace davit::mounts {

/// What the mounts say to the other parts, too.
struct Planned {
    InitPlan inside;
    std::vector<std::string> sealed; ///< to be made read-only once they are filled
    bool binds_root = false;         ///< recursively, or may do: with a directory that holds it
    bool own_dev = true;             ///< /dev isn't the host's: devices may be made in it
    std::vector<users::IdMaps> maps; ///< of the idmapped mounts, each once; empty: the container's
    std::vector<std::string> warnings; ///< options that do nothing on a mount of that sort
};

/// What one entry becomes, before it is flat.
struct Draft {
    Action action = Action::filesystem;
    bool recursive = false;
    bool no_symlink = false;
    bool idmapped = false, idmapped_below = false;
    bool copy_up = false;
    bool sealed = false;
    bool in_root = false;
    std::uint32_t item = 0;
    std::uint8_t take = 0;
    std::string type, source, destination, data, label;
    std::vector<std::pair<std::string, std::optional<std::string>>> parameters;
    std::uint64_t flags = 0;
    Attributes here, below;
    std::uint64_t propagation = 0, propagation_below = 0;
};

/// Where the container finds the directory of the socket for sd_notify(3), as with runc.
inline constexpr char notify_destination[] = "/run/notify";

/// `from_parent`: what is bound init can't copy by itself. `notify`: the host's directory for
/// notify_destination, or "". `rootfs`: the root's absolute path.
Result<Planned> plan(spec::Config const& config, std::string_view bundle,
                     cgroup::Layout const& layout, cgroup::Plan const& groups,
                     plan::Builder& builder, bool from_parent = false, std::string_view notify = {},
                     std::string_view rootfs = {});

/// "mount "/a" on "/b" (2nd of 9, config.json: /mounts/1)": how stories of the n-th mount begin.
std::string name_of(plan::View view, plan::List<Mount> const& mounts, std::size_t n);

/// A mount of type "cgroup" in terms of the host's hierarchies (cgroups(7)): v2 is one file system,
/// v1 a tmpfs with one mount and its links per hierarchy. `wanted` carries options and destination.
void append_cgroup_mounts(Draft const& wanted, bool own_namespace, cgroup::Layout const& layout,
                          cgroup::Plan const& groups, std::vector<Draft>& drafts);

/// Completes a new file system, or one that is remounted: source, options, label. `at` is the
/// options' place in config.json.
Result<> complete_filesystem(Draft& draft, std::string_view mount_label, std::string_view at);

/// The attributes of a mount as the flags of mount(2), where access times are spelled differently.
std::uint64_t mount_flags(Attributes const& here);

/// For `davit explain`; `maps` are those of Planned.
void print(InitPlan const& inside, std::vector<users::IdMaps> const& maps, plan::View view,
           std::string& out);
/// " rslave" for MS_SLAVE with the prefix "r"; "" for 0.
std::string shown_propagation(std::uint64_t flag, std::string_view prefix);

} // namespace davit::mounts
