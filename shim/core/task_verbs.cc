// SPDX-License-Identifier: Apache-2.0
// shim/core/task_verbs.cc - the verbs of a task that neither create nor remove anything of it.
#include <signal.h>

#include <utility>

#include "base/result.h"
#include "core/task.h"
#include "core/with_container.h"
#include "davit/contract.h"

namespace davit::shim {

Result<> Task::exec(ExecRequest request) {
    if (auto may = allowed(Verb::exec, own_->phase, false); !may) return may;
    if (own_->ended)
        return fail(Kind::state, "container ", request_.id, " init process is not running");
    auto const& id = request.id.exec;
    if (execs_.contains(id)) return fail(Kind::exists, "id ", id, ": already exists");
    auto exec = std::make_shared<Process>(context_.loop, request.id, std::move(request.stdio));
    exec->wanted = std::make_unique<spec::Process>(std::move(request.process));
    execs_.emplace(id, std::move(exec));
    publish(event::ExecAdded{request_.id, id});
    return {};
}

Result<std::shared_ptr<Process>> Task::find(std::string const& exec) const {
    if (exec.empty()) return own_;
    auto const found = execs_.find(exec);
    if (found == execs_.end()) return fail(Kind::not_found, "process does not exist ", exec);
    return found->second;
}

ProcessState Task::state(Process const& process) const {
    ProcessState state{.id = process.id,
                       .bundle = request_.bundle,
                       .pid = process.pid,
                       .phase = process.phase,
                       .stdio = process.names};
    if (process.phase == Phase::stopped) state.exit = *process.ended;
    return state;
}

Answer<> Task::kill(std::shared_ptr<Process> process, int signal, bool all) {
    if (signal == SIGKILL && process->is_exec() && process->starting) {
        give_up(*process);
        co_return Result<>();
    }
    // A signal to one process needs only its pidfd. A paused process must be thawed to die.
    bool const frozen = own_->phase != Phase::running && own_->phase != Phase::created;
    bool const alone = !all && (signal != SIGKILL || (own_pid_namespace_ && !frozen));
    if (process->is_exec() || alone) co_return process->signal(signal);
    if (process->ended && !all) co_return process->signal(signal);
    auto killed =
        co_await with_container([=](Container& container) { return container.kill(signal, all); });
    if (!killed && killed.error().kind == Kind::state
        && killed.error().story.starts_with(contract::not_running))
        co_return fail(Kind::not_found, "process already finished");
    co_return killed;
}

Answer<> Task::pause() {
    auto const turn = co_await own_->turns.pass();
    if (auto may = allowed(Verb::pause, own_->phase, false); !may) co_return may;
    own_->phase = Phase::pausing;
    auto paused = co_await with_container([](Container& container) { return container.pause(); });
    if (own_->phase == Phase::pausing) own_->phase = paused ? Phase::paused : Phase::running;
    if (paused) publish(event::Paused{request_.id});
    co_return within(std::move(paused), "OCI runtime pause failed");
}

Answer<> Task::resume() {
    auto const turn = co_await own_->turns.pass();
    if (auto may = allowed(Verb::resume, own_->phase, false); !may) co_return may;
    auto resumed = co_await with_container([](Container& container) { return container.resume(); });
    if (resumed && own_->phase == Phase::paused) own_->phase = Phase::running;
    if (resumed) publish(event::Resumed{request_.id});
    co_return within(std::move(resumed), "OCI runtime resume failed");
}

Answer<> Task::update(spec::Resources wanted) {
    auto const turn = co_await own_->turns.pass();
    if (auto may = allowed(Verb::update, own_->phase, false); !may) co_return may;
    auto updated =
        co_await with_container([&](Container& container) { return container.update(wanted); });
    co_return within(std::move(updated), "OCI runtime update failed");
}

Answer<Stats> Task::stats() {
    auto found = co_await with_container([](Container& container) { return container.stats(); });
    // A stopped container keeps its cgroups until it is deleted, unless another process removes
    // them.
    if (!found && own_->phase == Phase::stopped)
        co_return fail(Kind::not_found, "cgroup does not exist");
    co_return found;
}

Answer<std::vector<ProcessInfo>> Task::pids() {
    // Since 1.7, containerd asks this after its restart to learn whether a shim has a task. Without
    // a pid it ends the shim, and no client hears how the task ended.
    if (own_->phase == Phase::stopped) co_return std::vector<ProcessInfo>{{own_->pid, ""}};
    auto const found =
        co_await with_container([](Container& container) { return container.processes(); });
    if (!found) co_return std::unexpected(found.error());
    std::vector<ProcessInfo> infos;
    for (int const pid : *found) {
        infos.push_back({pid, ""});
        for (auto const& [id, exec] : execs_)
            if (exec->pid == pid && exec->phase == Phase::running) infos.back().exec = id;
    }
    co_return infos;
}

} // namespace davit::shim
