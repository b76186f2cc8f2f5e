// SPDX-License-Identifier: Apache-2.0
// plan/plan.h - a container as data: what the parent will do, what init will do. Runs in: parent.
//
// compile() is pure: the same config.json, facts and choices give the same plan, on any machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/cgroup/cgroup.h"
#include "parts/lsm/lsm.h"
#include "parts/network/network.h"
#include "parts/rdt/rdt.h"
#include "parts/users/plan.h"
#include "plan/init_plan.h"

namespace davit::plan {

/// What the plan depends on besides config.json.
struct HostFacts {
    cgroup::Layout cgroups;
    lsm::Facts lsm;
    /// users::keeps_groups(); only looked up if the caller may lack privileges.
    bool keeps_groups = false;
    bool privileged = true; ///< CAP_SYS_ADMIN; only looked up if there is a user namespace
    /// The capabilities that davit can pass on; only looked up if config.json has some. In a user
    /// namespace: all.
    std::uint64_t capabilities = ~std::uint64_t{0};
    systemd::Facts systemd; ///< only looked up for CgroupDriver::systemd
};

/// What the caller of create decides.
struct Choices {
    std::string id;
    std::string bundle; ///< absolute
    CgroupDriver cgroup_driver = CgroupDriver::fs;
    std::string cgroup_refused; ///< cgroup::Placement::refused
    bool no_pivot = false;
    bool no_new_keyring = false;
    unsigned preserve_fds = 0;
    spec::Texts environment; ///< the caller's, where a createContainer hook inherits it
    std::string notify;      ///< absolute; the host's directory of a socket for sd_notify(3), or ""
};

/// A namespace whose file the parent opens.
struct JoinedNamespace {
    spec::NamespaceType type;
    std::string path;
};

struct Plan {
    std::string rootfs;                  ///< absolute
    std::uint64_t clone_flags = 0;       ///< CLONE_NEW* that clone3 makes
    std::vector<JoinedNamespace> joined; ///< in the order of InitPlan::namespaces.join
    users::Plan users;
    std::optional<std::string> time_offsets; ///< of a new time namespace, for timens_offsets
    cgroup::Plan cgroup;
    std::optional<rdt::Plan> rdt;
    std::vector<network::Device> net_devices; ///< interfaces that move in
    std::vector<users::IdMaps> mount_maps; ///< of mounts::Mount::idmap; empty: the container's own
    std::optional<std::int32_t> oom_score_adj;
    std::optional<spec::Seccomp> seccomp; ///< add_filter() turns it into a program
    spec::Hooks hooks;
    bool has_process = true;           ///< false: there will be nothing to start
    std::vector<std::string> warnings; ///< what davit leaves out, as the specification allows
    std::vector<std::byte> inside;     ///< the block for init: a plan::InitPlan and its data

    [[nodiscard]] View view() const { return View(inside.data()); }
    [[nodiscard]] InitPlan const& header() const { return view().header<InitPlan>(); }
    /// CLONE_NEW* of all new ones, whether clone3 or init makes them.
    [[nodiscard]] std::uint64_t new_namespaces() const {
        auto const& inside = header().namespaces;
        return clone_flags | inside.make | inside.in_second;
    }
};

/// Asks the host, and only for what matters: no other part of planning does.
Result<HostFacts> read_facts(spec::Config const& config, CgroupDriver driver);

/// Kind::config for what makes no sense, Kind::unsupported for what davit can't do; each with the
/// JSON pointer. Never skips a restriction that davit lacks.
Result<Plan> compile(spec::Config const& config, HostFacts const& facts, Choices const& choices);

/// Each part plans its own; the terminal has no plan.cc.
terminal::InitPlan plan_terminal(spec::Process const& process);

/// Puts the seccomp program into the block for init; it depends on libseccomp.
void add_filter(Plan& plan, std::vector<sock_filter> const& program);

/// The plan as `davit explain` shows it.
std::string print(Plan const& plan);

} // namespace davit::plan
