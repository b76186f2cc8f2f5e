// SPDX-License-Identifier: Apache-2.0
// shim/core/task_begin.cc - create and start: of the container, and of an exec in it.
#include <malloc.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/result.h"
#include "core/blocking.h"
#include "core/task.h"
#include "core/with_container.h"
#include "davit/mounts.h"

namespace davit::shim {

namespace {

bool makes_pid_namespace(spec::Config const& config) {
    return std::ranges::any_of(config.linux.namespaces, [](auto const& one) {
        return one.type == spec::NamespaceType::pid && one.path.empty();
    });
}

/// The error of a create or a start that ended at its caller's deadline.
template <class T>
Result<T> told_late(Result<T> begun, Until until) {
    if (begun || begun.error().errnum != ECANCELED) return begun;
    if (!until || std::chrono::steady_clock::now() < *until) return begun;
    begun.error().errnum = ETIMEDOUT;
    begun.error().story += " (its caller's deadline has passed)";
    return begun;
}

Result<> cancelled() {
    return std::unexpected(
        Error{Kind::system, ECANCELED, "cancelled before the process was started"});
}

constexpr std::string_view create_failed = "OCI runtime create failed";
constexpr std::string_view start_failed = "OCI runtime start failed";
constexpr std::string_view exec_failed = "OCI runtime exec failed: exec failed";

} // namespace

// ---- create -------------------------------------------------------------------------------------

/// Runs on a thread of its own.
Result<Task::Creation> Task::make(Stdio::Given given) {
    TRY(mount_all(rootfs(), request_.rootfs));
    auto made = [&]() -> Result<davit::Created> {
        auto runtime = TRY(Runtime::open({.root = request_.root}));
        CreateOptions options{.bundle = request_.bundle,
                              .cgroup_driver = request_.cgroup_driver,
                              .no_pivot = request_.no_pivot,
                              .no_new_keyring = request_.no_new_keyring};
        std::ranges::copy(given.fds, options.stdio);
        options.patience.cancel = own_->cancel.number();
        options.check = [&](spec::Config const& config) -> Result<> {
            own_pid_namespace_ = makes_pid_namespace(config);
            return {};
        };
        return runtime.create(request_.id, options);
    }();
    if (!made) undo_mounts();
    Creation creation{TRY(std::move(made)), {}};
    // Without a memory controller there are no OOM events.
    auto oom = creation.made.container.watch_oom();
    if (oom) creation.oom.emplace(*std::move(oom));
    return creation;
}

Answer<std::shared_ptr<Stdio>> Task::open_stdio(StdioNames names) {
    Stdio::Options options{
        {request_.id, context_.settings.containerd_namespace}, request_.io_uid, request_.io_gid};
    return Stdio::open(context_.loop, context_.reaper, std::move(names), std::move(options));
}

Answer<int> Task::create(Until until) {
    own_->starting = true;
    auto created = co_await create_within(until);
    own_->starting = false;
    own_->cancel.reset();
    own_->gone = !created;
    own_->changed.tell_all();
    co_return told_late(std::move(created), until);
}

boost::asio::awaitable<bool> Task::end_create() {
    own_->give_up();
    co_await own_->changed.wait_while([&] { return own_->starting && !created_; });
    co_return !created_;
}

Answer<int> Task::create_within(Until until) {
    CO_TRY(within(own_->make_cancel(), create_failed));
    auto const deadline = give_up_at(until, own_);
    auto stdio = co_await open_stdio(request_.stdio);
    own_->stdio = CO_TRY(std::move(stdio));
    auto creation = co_await blocking([&] { return make(own_->stdio->given()); });
    if (creation) watch(own_, creation->made.pid, std::move(creation->made.process));
    auto begun = creation ? own_->stdio->begin(std::move(creation->made.console)) : Result<>();
    if (begun && own_->given_up) begun = within(cancelled(), create_failed);
    (void)::malloc_trim(0);
    if (!creation) {
        co_await own_->stdio->end({});
        co_return within(Result<int>(std::unexpected(std::move(creation).error())), create_failed);
    }
    if (!begun) {
        (void)co_await take_down();
        co_await own_->stdio->end({});
        CO_TRY(std::move(begun));
    }
    if (creation->oom)
        oom_ = std::make_unique<OomListener>(context_.loop, *std::move(creation->oom),
                                             [this] { publish(event::Oom{request_.id}); });
    created_ = true;
    publish(
        event::Created{request_.id, request_.bundle, request_.rootfs, request_.stdio, own_->pid});
    co_return own_->pid;
}

// ---- start --------------------------------------------------------------------------------------

Answer<int> Task::start(std::shared_ptr<Process> process, Until until) {
    auto const turn = co_await process->turns.pass();
    if (process->gone) co_return fail(Kind::not_found, "process does not exist ", process->id.exec);
    CO_TRY(allowed(Verb::start, process->phase, process->is_exec()));
    auto begun = Result<>();
    if (process->is_exec())
        begun = co_await begin_exec(process, until);
    else
        begun = co_await begin_own(until);
    CO_TRY(std::move(begun));
    co_return process->pid;
}

Answer<> Task::begin_own(Until until) {
    CO_TRY(within(own_->make_cancel(), start_failed));
    own_->starting = true;
    auto const deadline = give_up_at(until, own_);
    auto started = co_await with_container([this](Container& container) {
        return container.start(nullptr, {.cancel = own_->cancel.number()});
    });
    own_->starting = own_->given_up = false; // it runs, or the library has killed it
    own_->cancel.reset();
    if (started) {
        own_->phase = Phase::running;
        publish(event::Started{request_.id, own_->pid});
    }
    settle(); // if it has ended meanwhile
    co_return told_late(within(std::move(started), start_failed), until);
}

void Task::give_up(Process& process) const {
    process.give_up();
    own_->changed.tell_all();
}

/// As long as the timer lives, it gives the process up at the caller's deadline.
boost::asio::steady_timer Task::give_up_at(Until until, std::shared_ptr<Process> process) {
    boost::asio::steady_timer timer(context_.loop);
    if (until) {
        timer.expires_at(*until);
        timer.async_wait([self = shared_from_this(), process](auto error) {
            if (!error) self->give_up(*process);
        });
    }
    return timer;
}

/// If as many execs as allowed are being started, waits until one of them runs.
Answer<> Task::wait_for_room(std::shared_ptr<Process> exec) {
    auto const is_full = [&] {
        return starting_execs_ >= context_.settings.execs_under_way && !own_->ended;
    };
    auto const waits = [&] { return is_full() && !exec->given_up; };
    co_await own_->changed.wait_while(waits);
    if (own_->ended)
        co_return fail(Kind::state, "container ", request_.id, " init process is not running");
    if (is_full())
        co_return std::unexpected(
            Error{Kind::system, EUSERS,
                  text("container ", request_.id, ": ", starting_execs_,
                       " execs are being started: try again when one of them runs")});
    co_return Result<>();
}

Answer<> Task::begin_exec(std::shared_ptr<Process> exec, Until until) {
    exec->starting = true;
    exec->given_up = false;
    auto const deadline = give_up_at(until, exec);
    auto begun = co_await wait_for_room(exec);
    if (begun) {
        ++busy_execs_; // the container's end is told after this exec's
        ++starting_execs_;
        begun = co_await run_exec(exec);
        --starting_execs_;
        if (!begun) --busy_execs_;
        own_->changed.tell_all();
    }
    exec->starting = false;
    exec->cancel.reset();
    if (!begun) {
        settle();
        if (auto const stdio = std::exchange(exec->stdio, nullptr)) co_await stdio->end({});
        co_return told_late(std::move(begun), until);
    }
    exec->wanted.reset();
    exec->phase = Phase::running;
    publish(event::ExecStarted{request_.id, exec->id.exec, exec->pid});
    co_return Result<>();
}

Answer<> Task::run_exec(std::shared_ptr<Process> exec) {
    auto stdio = co_await open_stdio(exec->names);
    exec->stdio = CO_TRY(std::move(stdio));
    if (exec->given_up) // while a logging program was getting ready
        co_return within(cancelled(), exec_failed);
    CO_TRY(within(exec->make_cancel(), exec_failed));
    auto executed = co_await with_container([&](Container& container) {
        ExecOptions how;
        std::ranges::copy(exec->stdio->given().fds, how.stdio);
        how.process = [&](spec::Process& process) -> Result<> {
            process = *exec->wanted;
            process.terminal = exec->names.terminal;
            return {};
        };
        how.patience.cancel = exec->cancel.number();
        return container.exec(how);
    });
    auto process = CO_TRY(within(std::move(executed), exec_failed));
    watch(exec, process.pid, std::move(process.process));
    if (auto begun = exec->stdio->begin(std::move(process.console)); !begun)
        (void)exec->signal(SIGKILL); // out of fds: it ends as if killed
    // give_up() and the end of the start may cross: its caller was told of a success.
    if (exec->given_up) (void)exec->signal(SIGKILL);
    co_return Result<>();
}

} // namespace davit::shim
