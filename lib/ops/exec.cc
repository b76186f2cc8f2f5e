// SPDX-License-Identifier: Apache-2.0
// ops/exec.cc - one more process in a container that is there. Runs in: parent.
//
// Without the lock: it changes nothing that is recorded, and whoever deletes the container ends
// this process with it: it is born in the container's cgroup.
#include <linux/sched.h>

#include "davit/contract.h"
#include "json/json.h"
#include "launch/conversation.h"
#include "launch/image.h"
#include "launch/story.h"
#include "ops/birth.h"
#include "ops/phase.h"
#include "ops/runtime.h"
#include "parts/caps/host.h"
#include "parts/lsm/host.h"
#include "parts/namespaces/host.h"
#include "parts/rdt/rdt.h"
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

/// What create kept of config.json, with the process to be run in place of the container's.
Result<spec::Config> read_wanted(state::Entry const& entry, ExecOptions const& options) {
    auto config = TRY(json::read<spec::Config>(TRY(entry.kept_config()), "config.json"));
    if (!config.process) config.process.emplace().cwd = "/";
    if (!options.process) return config;
    TRY(options.process(*config.process));
    TRY(within(spec::validate_process(*config.process, spec::Path("process")), "config.json"));
    return config;
}

/// Whether the container's process is at its end, of which /proc has told `looked`: its namespaces
/// go a moment before its pidfd says so.
template <class T>
bool ends(ops::Now const& now, Result<T> const& looked) {
    return state::has_exited(now.process) || (!looked && looked.error().kind == Kind::not_found);
}

/// The container, as it is found.
struct Found {
    safe::Procfs proc;
    plan::ExecFacts facts;
    PathFd root; ///< empty: what "/" is in its mount namespace
};

Result<Found> find(ops::Now const& now, spec::Config const& config) {
    Found found{TRY(safe::open_procfs()), {}, {}};
    auto const& proc = found.proc;
    auto const pid = now.record.init.pid;
    auto namespaces = namespaces::others(proc, pid, now.record.new_namespaces);
    if (namespaces) {
        found.facts.namespaces = *namespaces;
        // Also where we live in the container's mount namespace: our root may be another.
        found.facts.by_chroot = now.record.host_mounts || !(*namespaces & CLONE_NEWNS);
    }
    if (found.facts.by_chroot)
        found.root =
            TRY(context(proc.open_root(pid), "open the root of the container's process ", pid));
    // That pid may be another process's by now: then what we saw was that one's.
    if (ends(now, namespaces)) return fail(Kind::state, contract::exec_in_stopped);
    TRY(std::move(namespaces));
    found.facts.lsm = lsm::read_facts(config);
    found.facts.keyring = now.record.keyring;
    // Only then the groups may be impossible to leave.
    if ((found.facts.namespaces & CLONE_NEWUSER) || now.record.groups.empty())
        found.facts.keeps_groups = users::keeps_groups();
    if (config.process->capabilities && !(found.facts.namespaces & CLONE_NEWUSER))
        found.facts.capabilities =
            TRY(context(caps::own(), "look up the capabilities of davit")).permitted;
    return found;
}

/// A process without privileges leaves its namespaces for such of its own making by way of a new
/// user namespace. We join that, too, if we know it: there its mounts deceive nobody but itself.
/// Had it gone after we looked, the host's root would now be about to execute what it finds there.
Result<> must_be_as_found(ops::Now const& now, Found const& found) {
    if (found.facts.namespaces & CLONE_NEWUSER) return {};
    auto const& proc = found.proc;
    auto const gone = namespaces::is_others(proc, now.record.init.pid, spec::NamespaceType::user);
    if (ends(now, gone)) return fail(Kind::state, contract::exec_in_stopped);
    if (!TRY(gone)) return {};
    return fail(Kind::state, "the container's process has changed its namespaces meanwhile");
}

/// The groups that it is born in.
class Nest {
  public:
    Nest(cgroup::Groups const& groups, int container) : groups_(groups), container_(container) {}

    Result<> choose(std::vector<SubCgroup> const& wanted, bool moves_itself) {
        std::vector<cgroup::SubGroup> below;
        for (auto const& one : wanted) below.push_back({one.controllers, one.path});
        birth = TRY(groups_.birth(below));
        may_be_beside_ = wanted.empty();
        if (!moves_itself) return {};
        if (may_be_beside_ && birth.unified && cgroup::is_divided(birth.unified)) TRY(go_beside());
        return cgroup::let_move_itself(birth);
    }

    /// Whether to try once more, in the group that the container's process is in now.
    Result<bool> has_another(Error const& error) {
        if (error.errnum != EBUSY || !may_be_beside_ || !birth.unified) return false;
        TRY(go_beside());
        return true;
    }

    cgroup::Birth birth;

  private:
    Result<> go_beside() {
        may_be_beside_ = false;
        birth.unified = TRY(groups_.unified_of(container_));
        return {};
    }
    cgroup::Groups const& groups_;
    int container_;
    bool may_be_beside_ = false;
};

Result<launch::Started> start_in(Nest& nest, process::CpuAffinity const& cpus,
                                 ExecOptions const& options, int store) {
    auto const image = TRY(launch::open_image(store));
    launch::StartOptions start{.image = image,
                               .cgroup = nest.birth.unified.number(),
                               .tasks = nest.birth.tasks,
                               .stdio = options.stdio,
                               .preserve_fds = options.preserve_fds};
    start.cpus_before = cpus.before;
    start.cpus_after = cpus.after;
    auto started = launch::start_init(start);
    if (started || !TRY(nest.has_another(started.error()))) return started;
    start.cgroup = nest.birth.unified.number();
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

/// Gives `init`, which has come to life meanwhile, its work, and lets it execute the program.
Result<Executed> employ(launch::Started& init, state::Entry const& entry, ops::Now const& now,
                        Found const& found, plan::ExecPlan& exec, Trace* trace) {
    auto const& plan = exec.plan;
    ops::Phase working(trace, "init works");
    // The first of its threads; those that follow inherit the groups.
    if (now.record.rdt) TRY(rdt::add(*now.record.rdt, init.pid));
    TRY(ops::favour(init, plan));
    TRY(launch::brief_added(init, plan, now.process, found.root, trace != nullptr));
    auto const tell_agent = [&](Fd const& listener, int pid) -> Result<> {
        // Asked now, since few have an agent. A created one listens to nobody else meanwhile.
        auto const status = TRY(entry.knock()) ? spec::Status::created : now.status;
        return ops::tell_agent(now.record, status, pid, listener);
    };
    auto ready = launch::hear_until_ready(init, plan, {}, tell_agent, trace, now.process);
    // A frozen init of cgroup v1 doesn't even end when it is killed.
    if (!ready && state::has_exited(now.process)) (void)cgroup::let_die(now.record.groups);
    auto heard = TRY(std::move(ready));
    TRY(must_be_as_found(now, found));
    TRY(set_scheduler(init, exec));
    auto const refused = TRY(launch::open_gate(init.channel, init.process, [&](Fd const& listener) {
        return tell_agent(listener, init.pid);
    }));
    if (refused) {
        auto error = launch::tell(refused->failed, plan.view());
        error.story += launch::flaw_story(refused->flawed);
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

} // namespace

Result<Executed> Container::exec(ExecOptions const& options) {
    ops::Phase whole(options.trace, "exec");
    auto const& entry = impl_->entry;
    ops::Phase looking(options.trace, "look, read config.json");
    auto const now = TRY(ops::look_past_gate(entry));
    TRY(must_take_processes(now, options.ignore_paused));
    auto config = TRY(read_wanted(entry, options));
    auto const cpus = TRY(process::plan_affinity(*config.process));
    auto const groups = TRY(cgroup::Groups::open(now.record.groups));
    Nest nest(groups, now.record.init.pid);
    TRY(nest.choose(options.cgroups, !cpus.before.empty()));
    looking.end();

    auto const told = [&](Error error) {
        error.story.insert(0, contract::no_start);
        if (state::has_exited(now.process))
            error.story += " (the container's own process has ended)";
        return std::unexpected(std::move(error));
    };
    // Before all that it need not wait for: it comes to life while we look further, and plan.
    ops::Phase starting(options.trace, "start init");
    auto init = start_in(nest, cpus, options, entry.root());
    if (!init) return told(std::move(init).error());
    starting.end();
    auto const found = TRY(find(now, config));
    auto exec = TRY(plan_added(std::move(config), entry, options, found));
    auto executed = employ(*init, entry, now, found, exec, options.trace);
    if (!executed) return told(std::move(executed).error());
    return executed;
}

} // namespace davit
