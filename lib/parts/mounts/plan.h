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

/// What other parts need to know of the mounts.
struct Planned {
    InitPlan inside;
    std::vector<std::string> sealed; ///< to be made read-only after init has filled them
    bool binds_root = false; ///< recursively: with a directory that holds the root, or may hold it
    bool own_dev = true;     ///< /dev isn't the host's: init may make devices in it
    std::vector<users::IdMaps> maps; ///< of the idmapped mounts, each once; empty: the container's
    std::vector<std::string> warnings; ///< options without effect on a mount of that sort
};

/// The mount of one entry, before it is flat.
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

/// The container's path of the directory with the socket for sd_notify(3), as in runc.
inline constexpr char notify_destination[] = "/run/notify";

/// `from_parent`: init can't copy bind sources by itself. `notify`: the host's directory for
/// notify_destination, or "". `rootfs`: the root's absolute path.
Result<Planned> plan(spec::Config const& config, std::string_view bundle,
                     cgroup::Layout const& layout, cgroup::Plan const& groups,
                     plan::Builder& builder, bool from_parent = false, std::string_view notify = {},
                     std::string_view rootfs = {});

/// "mount "/a" on "/b" (2nd of 9, config.json: /mounts/1)": the start of stories of the n-th mount.
std::string name_of(plan::View view, plan::List<Mount> const& mounts, std::size_t n);

/// Translates a mount of type "cgroup" into the host's hierarchies (cgroups(7)): v2 is one file
/// system; v1 is a tmpfs with one mount and its links per hierarchy. `wanted` has options and
/// destination.
void append_cgroup_mounts(Draft const& wanted, bool own_namespace, cgroup::Layout const& layout,
                          cgroup::Plan const& groups, std::vector<Draft>& drafts);

/// Adds source, options and label to a new or remounted file system. `at` is the place of the
/// options in config.json.
Result<> complete_filesystem(Draft& draft, std::string_view mount_label, std::string_view at);

/// The attributes of a mount as flags of mount(2), which spells access times differently.
std::uint64_t mount_flags(Attributes const& here);

/// For `davit explain`; `maps` are those of Planned.
void print(InitPlan const& inside, std::vector<users::IdMaps> const& maps, plan::View view,
           std::string& out);
/// " rslave" for MS_SLAVE with the prefix "r"; "" for 0.
std::string shown_propagation(std::uint64_t flag, std::string_view prefix);

} // namespace davit::mounts
