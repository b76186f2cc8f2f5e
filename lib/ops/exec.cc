// SPDX-License-Identifier: Apache-2.0
// ops/exec.cc - one more process in an existing container. Runs in: parent.
//
// Without the lock: it changes nothing in the record. The process is born in the container's
// cgroup: delete ends it with the container.
#include <linux/sched.h>

#include <cerrno>
#include <optional>

#include "davit/contract.h"
#include "json/json.h"
#include "launch/conversation.h"
#include "launch/image.h"
#include "launch/story.h"
#include "ops/exec_groups.h"
#include "ops/launch_init.h"
#include "ops/phase.h"
#include "ops/runtime.h"
#include "parts/caps/host.h"
#include "parts/lsm/host.h"
#include "parts/namespaces/host.h"
#include "parts/rdt/rdt.h"
#include "parts/seccomp/denied.h"
#include "parts/seccomp/host.h"
#include "parts/users/unprivileged_host.h"
#include "plan/exec.h"
#include "safe/host_procfs.h"
#include "spec/fields.h"
#include "spec/rules.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit {

namespace {

Result<> must_take_processes(ops::Now const& now, bool ignore_paused) {
    switch (now.status) {
    case spec::Status::created:
    case spec::Status::running: return {};
    case spec::Status::stopped: return fail(Kind::state, contract::exec_in_stopped);
    case spec::Status::paused:
        if (ignore_paused) return {};
        return fail(Kind::state, contract::exec_in_paused);
    case spec::Status::creating: break;
    }
    return fail(Kind::state, "cannot exec in a container in the creating state");
}

/// Whether processes of the container may trace other processes: config.json's capabilities of the
/// first process decide; the others inherit them from it.
bool may_trace(spec::Config const& config) {
    if (!config.process || !config.process->capabilities) return true;
    auto const& sets = *config.process->capabilities;
    auto const has_it = [](spec::Texts const& names) {
        return std::ranges::find(names, "CAP_SYS_PTRACE") != names.end();
    };
    return has_it(sets.bounding) || has_it(sets.permitted);
}

/// Reads what create kept of config.json, and puts the wanted process in place of the container's.
Result<spec::Config> read_wanted(state::Entry const& entry, ExecOptions const& options,
                                 bool& may_be_traced) {
    auto config = TRY(json::read<spec::Config>(TRY(entry.kept_config()), "config.json"));
    may_be_traced |= may_trace(config);
    if (!config.process) config.process.emplace().cwd = "/";
    if (!options.process) return config;
    TRY(options.process(*config.process));
    TRY(within(spec::validate_process(*config.process, spec::Path("process")), "config.json"));
    return config;
}

/// Whether the container's process has ended, or is on its way out.
bool at_its_end(ops::Now const& now) {
    return state::has_exited(now.process) || state::is_exiting(now.record.init.pid);
}

/// Whether the container's process was ending when exec failed, whatever call failed. While it
/// exits it loses its namespaces, and the kernel kills all others of its pid namespace, just before
/// its pidfd polls readable. `delete` then removes the groups and the kept config.json.
bool ends(ops::Now const& now, Error const& error) {
    if (at_its_end(now)) return true;
    // The kernel kills them together: exec's process may be the first to end.
    bool const killed = error.errnum == EPIPE || error.errnum == ESRCH;
    return killed
           && (ops::wait_until_exit(now.process, std::chrono::milliseconds(500))
               || at_its_end(now));
}

/// The container as exec finds it.
struct Found {
    std::optional<safe::Procfs> proc; ///< may be closed already
    plan::ExecFacts facts;
    PathFd root; ///< empty: the "/" of its mount namespace
};

Result<Found> find(ops::Now const& now, spec::Config const& config) {
    Found found{TRY(safe::open_procfs()), {}, {}};
    auto const& proc = *found.proc;
    auto const pid = now.record.init.pid;
    found.facts.namespaces = TRY(namespaces::others(proc, pid, now.record.new_namespaces));
    // Also if davit lives in the container's mount namespace: its root may be another one.
    found.facts.by_chroot = now.record.host_mounts || !(found.facts.namespaces & CLONE_NEWNS);
    if (found.facts.by_chroot)
        found.root =
            TRY(context(proc.open_root(pid), "open the root of the container's process ", pid));
    // The pid may belong to another process by now: then davit looked at that one.
    if (state::has_exited(now.process)) return fail(Kind::state, contract::exec_in_stopped);
    found.facts.lsm = lsm::read_facts(config);
    found.facts.keyring = now.record.keyring;
    // Only then it may be impossible to leave the groups.
    if ((found.facts.namespaces & CLONE_NEWUSER) || now.record.groups.empty())
        found.facts.keeps_groups = users::keeps_groups();
    if (config.process->capabilities && !(found.facts.namespaces & CLONE_NEWUSER))
        found.facts.capabilities =
            TRY(context(caps::own(), "look up the capabilities of davit")).permitted;
    return found;
}

/// A process without privileges can leave its namespaces only through a new user namespace. exec
/// joins that too, if it found it: mounts there deceive only their maker. If the process moved
/// after the look, the host's root would now execute what it finds in the new namespaces.
Result<> must_be_as_found(ops::Now const& now, Found const& found) {
    if (found.facts.namespaces & CLONE_NEWUSER) return {};
    std::optional<safe::Procfs> again;
    if (!found.proc) again = TRY(safe::open_procfs());
    auto const gone = TRY(namespaces::is_others(found.proc ? *found.proc : *again,
                                                now.record.init.pid, spec::NamespaceType::user));
    if (state::has_exited(now.process)) return fail(Kind::state, contract::exec_in_stopped);
    if (!gone) return {};
    return fail(Kind::state, "the container's process has changed its namespaces meanwhile");
}

Result<launch::Started> start_in(ops::ExecGroups& groups, process::CpuAffinity const& cpus,
                                 ExecOptions const& options, int store) {
    auto const image = TRY(launch::open_image(store));
    launch::StartOptions start{.image = image,
                               .cgroup = groups.cgroup(),
                               .tasks = groups.tasks(),
                               .stdio = options.stdio,
                               .preserve_fds = options.preserve_fds};
    if (!groups.moves_later()) start.cpus_before = cpus.before;
    start.cpus_after = cpus.after;
    auto started = launch::start_init(start);
    if (started || !TRY(groups.has_another(started.error()))) return started;
    start.cgroup = groups.cgroup();
    return launch::start_init(start);
}

Result<> set_scheduler(launch::Started const& init, plan::ExecPlan const& exec) {
    if (!exec.has_scheduler) return {};
    auto const& plan = exec.plan;
    auto const set = sys::sched_setattr(init.pid, &plan.header().attributes.scheduler);
    if (set) return {};
    launch::Failed failed;
    failed.step = launch::StepId::attributes;
    failed.detail = launch::Detail::scheduler;
    failed.errnum = set.error().value;
    return std::unexpected(launch::tell(failed, plan.view()));
}

/// All that is known of the new process.
struct Wanted {
    ExecOptions const& options;
    spec::Config config; ///< until it is planned
    process::CpuAffinity cpus;
    std::optional<Found> found;
    std::optional<plan::ExecPlan> plan;
    bool may_be_traced = true; ///< by processes that see it, until it is in the container's groups
};

/// Sends `init`, which has started meanwhile, its work, and lets it execute the program.
Result<Executed> run_program(launch::Started& init, state::Entry const& entry, ops::Now const& now,
                             Wanted& wanted, ops::ExecGroups& groups) {
    auto* const trace = wanted.options.trace;
    auto& found = *wanted.found;
    auto& exec = *wanted.plan;
    auto const& plan = exec.plan;
    ops::Phase working(trace, "init works");
    // Its first thread; later threads inherit the groups.
    if (now.record.rdt) TRY(rdt::add(*now.record.rdt, init.pid));
    TRY(ops::set_score_and_limits(init, plan));
    TRY(launch::send_exec_plan(init, plan, now.process, found.root, trace != nullptr));
    auto const tell_agent = [&](Fd const& listener, int pid) -> Result<> {
        // Asked here, since few containers have an agent. A created init answers no other process
        // meanwhile.
        auto const status = TRY(entry.connect_to_gate()) ? spec::Status::created : now.status;
        return ops::tell_agent(now.record, status, pid, listener);
    };
    groups.rest();
    // While exec waits long, it should cost its caller few fds.
    auto const spare_fds = [&] {
        found.proc.reset();
        init.spare_first();
    };
    launch::Wait wait(wanted.options.patience, {.container = now.process.number(),
                                                .container_pid = now.record.init.pid,
                                                .frozen = &now.record.groups,
                                                .may_be_frozen = true,
                                                .on_silence = spare_fds});
    auto ready = launch::hear_until_ready(init, plan, {}, tell_agent, trace, wait);
    // In cgroup v1 a frozen init doesn't end even when it is killed.
    if (!ready && at_its_end(now)) (void)cgroup::thaw_killed(now.record.groups);
    auto heard = TRY(std::move(ready));
    if (groups.moves_later()) TRY(groups.take(init.pid)); // untraced: Wanted::may_be_traced
    TRY(must_be_as_found(now, found));
    if (heard.console && wanted.options.prepare_console)
        wanted.options.prepare_console(heard.console);
    TRY(set_scheduler(init, exec));
    auto const refused = TRY(launch::open_gate(
        {init.channel, init.process, init.pid},
        [&](Fd const& listener) { return tell_agent(listener, init.pid); }, wait));
    if (refused) {
        auto error = launch::tell(refused->failed, plan.view());
        error.story += launch::flaw_story(refused->flawed);
        if (refused->failed.step == launch::StepId::execute)
            error.story += seccomp::why_no_execve(
                plan.view().list(plan.view().header<plan::InitPlan>().seccomp.program));
        return std::unexpected(std::move(error));
    }
    init.let_go();
    return Executed{init.pid, std::move(init.process), std::move(heard.console),
                    std::move(exec.plan.warnings)};
}

Result<plan::ExecPlan> plan_added(spec::Config config, state::Entry const& entry,
                                  ExecOptions const& options, Found const& found) {
    ops::Phase const planning(options.trace, "plan");
    auto exec =
        TRY(plan::compile_exec(std::move(config), entry.id(), options.preserve_fds, found.facts));
    if (exec.plan.seccomp) {
        ops::Phase const translating(options.trace, "seccomp");
        plan::add_filter(exec.plan, TRY(seccomp::program(*exec.plan.seccomp, entry.root())));
    }
    return exec;
}

/// One try. The next one reuses the plan of a failed one.
Result<Executed> add(state::Entry const& entry, ops::Now const& now, ops::ExecGroups& groups,
                     Wanted& wanted) {
    // Started first: init comes up while the parent looks further, and plans.
    ops::Phase starting(wanted.options.trace, "start init");
    auto init = TRY(start_in(groups, wanted.cpus, wanted.options, entry.root()));
    starting.end();
    if (!wanted.plan) {
        wanted.found = TRY(find(now, wanted.config));
        wanted.plan =
            TRY(plan_added(std::move(wanted.config), entry, wanted.options, *wanted.found));
    }
    return run_program(init, entry, now, wanted, groups);
}

/// Tries once more if that may help. A caller that may not move a process into the container's
/// groups gets the first error.
Result<Executed> add_again(state::Entry const& entry, ops::Now const& now, ops::ExecGroups& groups,
                           Wanted& wanted, Error first) {
    auto const again = [&](Result<> const& prepared) -> std::optional<Executed> {
        if (!prepared) return {};
        auto added = add(entry, now, groups, wanted);
        if (added) return std::move(*added);
        if (added.error().kind != Kind::denied) first = std::move(added).error();
        return {};
    };
    if (groups.may_move_itself(first))
        if (auto added = again(groups.let_move_itself())) return std::move(*added);
    if (groups.may_move_later(first) && !wanted.may_be_traced)
        if (auto added = again(groups.move_later())) return std::move(*added);
    if (first.errnum == EAGAIN)
        first.story += " (the container, or its user, has as many processes as it may: "
                       "config.json: /linux/resources/pids/limit, RLIMIT_NPROC)";
    return std::unexpected(std::move(first));
}

} // namespace

Result<Executed> Container::exec(ExecOptions const& options) {
    ops::Phase whole(options.trace, "exec");
    auto const& entry = impl_->entry;
    ops::Phase looking(options.trace, "look, read config.json");
    auto const now = TRY(ops::look_past_gate(entry));
    TRY(must_take_processes(now, options.ignore_paused));
    // The container may end from now on: each failure is checked below.
    auto executed = [&]() -> Result<Executed> {
        Wanted wanted{options, {}, {}, {}, {}};
        // A pid namespace that isn't its own may hold other processes, of which exec knows nothing.
        wanted.may_be_traced = !now.record.own_pid_namespace();
        wanted.config = TRY(read_wanted(entry, options, wanted.may_be_traced));
        wanted.cpus = TRY(process::plan_affinity(*wanted.config.process));
        ops::ExecGroups groups(TRY(cgroup::Groups::open(now.record.groups)), options.cgroups,
                               now.record.init.pid);
        TRY(groups.choose(!wanted.cpus.before.empty()));
        looking.end();
        auto added = add(entry, now, groups, wanted);
        if (!added && !state::has_exited(now.process))
            added = add_again(entry, now, groups, wanted, std::move(added).error());
        if (!added) added.error().story.insert(0, contract::no_start);
        return added;
    }();
    if (!executed && ends(now, executed.error()))
        return fail(Kind::state, contract::exec_in_stopped);
    return executed;
}

} // namespace davit
