// SPDX-License-Identifier: Apache-2.0
// plan/exec.cc - plans a process of exec. Runs in: parent, pure.
#include "plan/exec.h"

#include <linux/sched.h>

#include "parts/caps/plan.h"
#include "parts/lsm/plan.h"
#include "parts/seccomp/plan.h"

namespace davit::plan {

namespace {

/// Drops settings of the container, which exists already; keeps what the process must enter.
void drop_container_settings(spec::Config& config, std::uint64_t namespaces) {
    config.hooks = {};
    config.linux.namespaces.clear();
    if (namespaces & CLONE_NEWPID)
        config.linux.namespaces.push_back({spec::NamespaceType::pid, "the container's"});
}

} // namespace

Result<ExecPlan> compile_exec(spec::Config config, std::string_view id, unsigned preserve_fds,
                              ExecFacts const& facts) {
    drop_container_settings(config, facts.namespaces);
    auto const& process = *config.process;
    ExecPlan exec;
    auto& plan = exec.plan;
    plan.oom_score_adj = process.oom_score_adj;
    if (facts.namespaces & CLONE_NEWUSER) plan.users.how = users::How::join;

    Builder builder(sizeof(InitPlan));
    InitPlan inside{};
    inside.who = Who::exec;
    if (facts.namespaces)
        inside.namespaces.join =
            builder.list(std::vector<namespaces::Join>{{facts.namespaces, {}}});
    inside.namespaces.join_pid = (facts.namespaces & CLONE_NEWPID) != 0;
    inside.rootfs.host_mounts = facts.by_chroot;
    inside.terminal = plan_terminal(process);
    inside.terminal.is_console = 0;
    inside.process = TRY(process::plan(config, preserve_fds,
                                       facts.keyring ? text("_ses.", id) : std::string(), builder));
    inside.process.keyring_serial = facts.keyring;
    inside.process.keep_groups = facts.keeps_groups;
    inside.attributes = TRY(process::plan_attributes(config, builder));
    exec.has_scheduler = (inside.attributes.wanted & process::scheduler) != 0;
    inside.attributes.wanted &= ~std::uint32_t{process::scheduler};
    exec.affinity = TRY(process::plan_affinity(process));
    inside.lsm = TRY(lsm::plan(process, facts.keyring != 0, facts.lsm, builder));
    inside.caps = caps::plan(config, facts.capabilities, plan.warnings);
    plan.seccomp = config.linux.seccomp;
    inside.seccomp = TRY(seccomp::plan(config));
    plan.inside = std::move(builder).finish(inside);
    return exec;
}

} // namespace davit::plan
