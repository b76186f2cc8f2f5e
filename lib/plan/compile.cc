// SPDX-License-Identifier: Apache-2.0
// plan/compile.cc - turns config.json into a plan: each part plans its own. Runs in: parent, pure.
#include <linux/sched.h>

#include "parts/caps/plan.h"
#include "parts/cgroup/knobs.h"
#include "parts/devices/plan.h"
#include "parts/hooks/plan.h"
#include "parts/lsm/plan.h"
#include "parts/mounts/plan.h"
#include "parts/namespaces/plan.h"
#include "parts/process/plan.h"
#include "parts/rootfs/plan.h"
#include "parts/seccomp/plan.h"
#include "parts/sysctl/plan.h"
#include "plan/plan.h"

namespace davit::plan {

terminal::InitPlan plan_terminal(spec::Process const& process) {
    terminal::InitPlan inside;
    if (!process.terminal) return inside;
    inside.wanted = inside.is_console = 1;
    if (auto const& size = process.console_size) {
        inside.height = static_cast<std::uint16_t>(size->height);
        inside.width = static_cast<std::uint16_t>(size->width);
    }
    return inside;
}

Result<Plan> compile(spec::Config const& config, HostFacts const& facts, Choices const& choices) {
    if (!config.linux.mount_label.empty() && !facts.lsm.selinux)
        return fail(Kind::unsupported,
                    "config.json: /linux/mountLabel: selinux label is specified ",
                    "in config, but selinux is disabled or not supported");
    Plan plan;
    Builder builder(sizeof(InitPlan));
    InitPlan inside{};

    auto const& root = config.root.path;
    plan.rootfs =
        root.starts_with('/') ? clean_path(root) : clean_path(text(choices.bundle, "/", root));
    plan.has_process = config.process.has_value();
    if (config.process) plan.oom_score_adj = config.process->oom_score_adj;

    auto namespaces = TRY(namespaces::plan(config, facts.privileged, builder));
    plan.clone_flags = namespaces.clone_flags;
    for (auto& joined : namespaces.joined)
        plan.joined.push_back({joined.type, std::move(joined.path)});
    plan.time_offsets = std::move(namespaces.time_offsets);
    inside.namespaces = namespaces.inside;
    plan.users = TRY(users::plan(config));

    plan.rdt = rdt::plan(config, choices.id);
    plan.net_devices = network::plan(config);
    inside.sysctl = TRY(sysctl::plan(config.linux, builder));
    plan.cgroup = TRY(cgroup::plan(config, choices.id, facts.cgroups,
                                   {choices.cgroup_driver, facts.systemd, choices.cgroup_refused}));
    cgroup::doubt_path(config.linux, choices.cgroup_driver, plan.warnings);
    // A caller without privileges has only devices of its own, and needs no warning: see
    // cgroup::print().
    bool const privileged =
        facts.privileged && choices.cgroup_refused.empty() && !facts.systemd.user;
    if (plan.cgroup.unguarded && privileged)
        plan.warnings.push_back(
            "config.json: /linux/resources/devices: not enforced, as there are no cgroups");
    // The root of a user namespace may not be allowed to reach the sources, or to leave out the
    // mounts below them (mount_namespaces(7)). The parent is, unless it lives in one itself.
    bool const from_parent = plan.users.how != users::How::none && facts.privileged
                             && ((plan.clone_flags | inside.namespaces.in_second) & CLONE_NEWNS);
    auto mounts = TRY(mounts::plan(config, choices.bundle, facts.cgroups, plan.cgroup, builder,
                                   from_parent, choices.notify, plan.rootfs));
    inside.mounts = mounts.inside;
    plan.mount_maps = std::move(mounts.maps);
    plan.warnings.insert(plan.warnings.end(), mounts.warnings.begin(), mounts.warnings.end());
    inside.rootfs = TRY(
        rootfs::plan(config, plan.rootfs, choices.no_pivot, mounts.sealed, builder, from_parent));
    inside.rootfs.screened = mounts.binds_root;
    inside.devices =
        TRY(devices::plan(config, mounts.own_dev, plan.users.how != users::How::none, builder));
    if (config.process) inside.terminal = plan_terminal(*config.process);
    inside.process =
        TRY(process::plan(config, choices.preserve_fds,
                          choices.no_new_keyring ? "" : text("_ses.", choices.id), builder));
    inside.process.keep_groups = facts.keeps_groups;
    inside.attributes = TRY(process::plan_attributes(config, builder));
    if (config.process)
        inside.lsm = TRY(lsm::plan(*config.process, !choices.no_new_keyring, facts.lsm, builder));
    inside.caps = caps::plan(config, facts.capabilities, plan.warnings);
    plan.seccomp = config.linux.seccomp;
    inside.seccomp = TRY(seccomp::plan(config));
    plan.hooks = config.hooks;
    inside.hooks = hooks::plan(config, choices.id, choices.bundle, choices.environment, builder);
    plan.inside = std::move(builder).finish(inside);
    return plan;
}

void add_filter(Plan& plan, std::vector<sock_filter> const& program) {
    auto inside = plan.header();
    Builder builder(std::move(plan.inside));
    inside.seccomp.program = builder.list(program);
    plan.inside = std::move(builder).finish(inside);
}

} // namespace davit::plan
