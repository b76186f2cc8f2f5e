// SPDX-License-Identifier: Apache-2.0
// shim/core/task.cc - the order of exits, and delete.
#include "core/task.h"

#include <malloc.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <utility>

#include "base/result.h"
#include "core/with_container.h"
#include "davit/mounts.h"

namespace davit::shim {

namespace {

/// How long to wait for the last output, as containerd's own shim does.
constexpr auto drain = std::chrono::seconds(10);

} // namespace

Task::Task(TaskContext& context, CreateRequest request)
    : context_(context),
      request_(std::move(request)),
      own_(std::make_shared<Process>(context.loop, ProcessId{request_.id, ""}, request_.stdio)) {}

// ---- ends ---------------------------------------------------------------------------------------

void Task::watch(std::shared_ptr<Process> process, int pid, PidFd handle) {
    process->pid = pid;
    process->handle = std::move(handle);
    context_.reaper.watch(pid, [self = shared_from_this(), process](unsigned status) {
        self->has_ended(*process, status);
    });
}

void Task::has_ended(Process& process, unsigned status) {
    process.ended = Exit{process.pid, status, std::chrono::system_clock::now()};
    process.handle.reset();
    if (process.is_exec()) {
        settle(process);
        --busy_execs_;
        own_->changed.tell_all();
    } else if (!own_pid_namespace_) {
        // The kernel ends no other process with it; the execs must end, too, before that is told.
        boost::asio::co_spawn(
            context_.loop,
            [](std::shared_ptr<Task> self) -> boost::asio::awaitable<void> {
                co_await self->end_leftovers();
            }(shared_from_this()),
            boost::asio::detached);
    }
    settle();
}

boost::asio::awaitable<void> Task::end_leftovers() {
    (void)co_await with_container(
        [](Container& container) { return container.kill(SIGKILL, true); });
}

/// Tells of the container's own end after those of all its execs, and after its start.
void Task::settle() {
    if (!own_->ended || own_->phase == Phase::stopped || own_->starting || busy_execs_ > 0) return;
    if (oom_) oom_->look(); // tells the reason of the end
    if (created_) settle(*own_);
}

void Task::settle(Process& process) {
    process.phase = Phase::stopped;
    auto const& id = process.is_exec() ? process.id.exec : process.id.container;
    auto const& [pid, status, at] = *process.ended;
    publish(event::Exited{request_.id, id, pid, status, at});
    process.changed.tell_all();
}

// ---- delete -------------------------------------------------------------------------------------

void Task::undo_mounts() const {
    if (!request_.rootfs.empty()) (void)unmount_all(rootfs());
}

/// Removes the container's state, processes and mounts.
Answer<> Task::take_down() {
    bool const reaped = own_->ended.has_value();
    auto removed = co_await with_container([this, reaped](Container& container) -> Result<> {
        auto done = container.remove(Removal::stopped);
        // If an earlier delete failed half-way, its record is gone and reads as an incomplete one.
        if (!done && done.error().kind == Kind::state && reaped)
            done = container.remove(Removal::force);
        if (!done && done.error().kind != Kind::not_found)
            return std::unexpected(std::move(done).error());
        undo_mounts();
        return {};
    });
    // Another process has removed it.
    if (!removed && removed.error().kind == Kind::not_found) {
        undo_mounts();
        co_return Result<>();
    }
    co_return removed;
}

Answer<Exit> Task::remove(std::shared_ptr<Process> process) {
    give_up(*process);
    auto const turn = co_await process->turns.pass();
    auto const dies = [&] { return process->given_up && process->phase == Phase::running; };
    co_await process->changed.wait_while(dies, drain);
    if (process->gone) co_return fail(Kind::not_found, "process does not exist ", process->id.exec);
    CO_TRY(allowed(Verb::remove, process->phase, process->is_exec()));
    if (!process->is_exec()) {
        auto removed = co_await take_down();
        CO_TRY(within(std::move(removed), "OCI runtime delete failed"));
        // This ended a never started process, and the execs that were being started.
        auto const some_live = [&] { return busy_execs_ > 0 || process->phase != Phase::stopped; };
        co_await process->changed.wait_while(some_live, drain);
        auto const execs = std::exchange(execs_, {});
        for (auto const& [id, exec] : execs) {
            exec->gone = true;
            exec->changed.tell_all();
            if (auto const stdio = std::exchange(exec->stdio, nullptr)) co_await stdio->end({});
        }
        oom_.reset();
    }
    if (auto const stdio = std::exchange(process->stdio, nullptr)) co_await stdio->end(drain);
    process->gone = true;
    process->changed.tell_all();
    auto const exit = process->ended.value_or(Exit{process->pid, 0, {}});
    if (process->is_exec())
        execs_.erase(process->id.exec);
    else
        publish(event::Deleted{request_.id, exit.pid, exit.status, exit.at});
    (void)::malloc_trim(0);
    co_return exit;
}

} // namespace davit::shim
