// SPDX-License-Identifier: Apache-2.0
// ops/launch_init.cc - starts init and gives it what only the parent can. Runs in: parent.
#include "ops/launch_init.h"

#include <algorithm>

#include "launch/conversation.h"
#include "launch/image.h"
#include "parts/namespaces/host.h"
#include "parts/users/host.h"
#include "parts/users/unprivileged_host.h"
#include "safe/host_procfs.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit::ops {

namespace {

Result<launch::Started> start(plan::Plan const& plan, cgroup::SpawnGroups const& groups,
                              CreateOptions const& options, int store) {
    auto const image = TRY(launch::open_image(store));
    launch::StartOptions start{.image = image,
                               .clone_flags = plan.clone_flags,
                               .cgroup = groups.unified.number(),
                               .tasks = groups.tasks,
                               .stdio = options.stdio,
                               .preserve_fds = options.preserve_fds};
    start.user_namespace = plan.users.how == users::How::make && !plan.header().namespaces.second;
    if (!plan.time_offsets) return launch::start_init(start);
    auto const proc = TRY(safe::open_procfs());
    launch::TimeNamespace const time{proc.number(), *plan.time_offsets};
    start.time = &time;
    return launch::start_init(start);
}

/// A joined user namespace has its maps; if config.json has maps as well, both must agree.
Result<> set_id_maps(launch::Started const& init, users::Plan const& plan) {
    auto const proc = TRY(safe::open_procfs());
    if (plan.how == users::How::make)
        TRY(within(users::write_id_maps(proc, init.pid, plan.maps), "config.json: /linux"));
    else if (plan.maps != users::IdMaps{})
        TRY(users::check_id_maps(proc, init.pid, plan.maps));
    return context(init.channel.send(launch::Mapped{}), "let davit's init become root");
}

/// Root of a user namespace may not raise a limit: the host's root raises those that init will set.
Result<> raise_limits(int pid, plan::Plan const& plan) {
    for (auto const& limit : plan.view().list(plan.header().process.limits)) {
        auto const resource = static_cast<int>(limit.resource);
        auto now = TRY(context(sys::getrlimit(pid, resource), "look up the limits of init"));
        if (limit.hard <= now.rlim_max) continue;
        now.rlim_max = limit.hard;
        // If the parent may not either, init's own try reports the error.
        (void)sys::setrlimit(pid, resource, now);
    }
    return {};
}

Result<> set_oom_score(int pid, std::optional<std::int32_t> score) {
    if (!score) return {};
    auto const value = text(*score);
    auto const proc = TRY(safe::open_procfs());
    auto const file = TRY(context(proc.open_file(pid, "oom_score_adj", O_WRONLY),
                                  "open oom_score_adj of process ", pid));
    auto const written = sys::write_once(file.number(), value.data(), value.size());
    // Engines write 0 even if the user asked for nothing; without privileges a process can't go
    // below its inherited score, as in a session of systemd.
    if (!written && written.error() == Errno{EACCES} && *score == 0 && !users::is_hosts_root())
        return {};
    return context(Sys<>(written), "config.json: /process/oomScoreAdj: write ", value,
                   " to oom_score_adj");
}

} // namespace

Result<std::vector<NsFd>> open_joined(plan::Plan const& plan) {
    std::vector<NsFd> fds;
    fds.reserve(plan.joined.size());
    for (auto const& joined : plan.joined)
        fds.push_back(TRY(namespaces::open(joined.type, joined.path)));
    return fds;
}

Result<> set_score_and_limits(launch::Started const& init, plan::Plan const& plan) {
    TRY(set_oom_score(init.pid, plan.oom_score_adj));
    if (plan.users.how == users::How::none) return {};
    return raise_limits(init.pid, plan);
}

Result<launch::Started> launch_init(plan::Plan const& plan, std::vector<NsFd> const& joined,
                                    cgroup::Groups& groups, CreateOptions const& options, int store,
                                    WhileItWaits const& while_it_waits, bool moves_itself,
                                    launch::Wait& wait) {
    auto spawn_groups = TRY(groups.spawn_groups());
    if (moves_itself) TRY(cgroup::let_move_itself(spawn_groups));
    auto init = TRY(start(plan, spawn_groups, options, store));
    // A killed init has no namespaces any more: the story must begin with its death.
    auto const unless_killed = [&](Result<> done) {
        return launch::or_inits(std::move(done), init, plan);
    };
    // Before init makes a cgroup namespace, whose root is its group at that time, or a second
    // process.
    TRY(unless_killed(groups.enter(plan.cgroup, init.pid, init.process)));
    // Before it gets the plan: its second process inherits score and limits.
    TRY(unless_killed(set_score_and_limits(init, plan)));
    bool const is_second = plan.header().namespaces.second != 0;
    if (plan.users.how != users::How::none && !is_second)
        TRY(unless_killed(set_id_maps(init, plan.users)));
    if (!is_second) TRY(unless_killed(while_it_waits(init)));
    TRY(launch::send_plan(init, plan, joined, options.trace != nullptr));
    if (!is_second) return init;
    TRY(launch::hear_second(init, plan, wait));
    TRY(while_it_waits(init));
    TRY(set_id_maps(init, plan.users));
    return init;
}

} // namespace davit::ops
