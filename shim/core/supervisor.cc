// SPDX-License-Identifier: Apache-2.0
// shim/core/supervisor.cc - the table of containers: from an id to its task.
#include "core/supervisor.h"

#include <malloc.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/result.h"
#include "core/task.h"

namespace davit::shim {

struct Supervisor::Impl {
    TaskContext context;
    std::map<std::string, std::shared_ptr<Task>> tasks;
    bool finishes = false; ///< when the last create has failed

    Impl(boost::asio::io_context& loop, Fd signals, Settings settings, Publish publish)
        : context{loop, {loop, std::move(signals)}, std::move(settings), std::move(publish)} {}

    /// A container that is being created isn't found.
    [[nodiscard]] Result<std::shared_ptr<Task>> find(std::string const& container) const {
        auto const found = tasks.find(container);
        if (found == tasks.end() || !found->second->is_created())
            return fail(Kind::not_found, "container not created");
        return found->second;
    }

    /// Only the end of its create can be asked for: by Delete, and by Kill with SIGKILL.
    [[nodiscard]] std::shared_ptr<Task> being_created(ProcessId const& id) const {
        auto const found = tasks.find(id.container);
        bool const is = found != tasks.end() && !found->second->is_created() && id.exec.empty();
        return is ? found->second : nullptr;
    }

    struct Found {
        std::shared_ptr<Task> task;
        std::shared_ptr<Process> process;
    };
    [[nodiscard]] Result<Found> find(ProcessId const& id) const {
        auto task = TRY(find(id.container));
        auto process = TRY(task->find(id.exec));
        return Found{std::move(task), std::move(process)};
    }

    void finish() {
        if (context.settings.finish) std::exchange(context.settings.finish, nullptr)();
    }
};

Result<Supervisor> Supervisor::make(boost::asio::io_context& loop, Settings settings,
                                    Publish publish) {
    auto signals = TRY(Reaper::open());
    (void)::signal(SIGPIPE, SIG_IGN);
    set_file_limit(settings.files);
    (void)::mallopt(M_ARENA_MAX, 1); // the short-lived threads share one arena
    return Supervisor(
        std::make_unique<Impl>(loop, std::move(signals), std::move(settings), std::move(publish)));
}

Supervisor::Supervisor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Supervisor::Supervisor(Supervisor&&) noexcept = default;
Supervisor& Supervisor::operator=(Supervisor&&) noexcept = default;
Supervisor::~Supervisor() = default;

Answer<int> Supervisor::create(CreateRequest request, Until until) {
    auto const id = request.id;
    auto task = std::make_shared<Task>(impl_->context, std::move(request));
    if (!impl_->tasks.emplace(id, task).second)
        co_return fail(Kind::exists, "container ", id, ": already exists");
    auto created = co_await task->create(until);
    if (created) {
        impl_->finishes = false;
    } else {
        impl_->tasks.erase(id);
        if (impl_->finishes && impl_->tasks.empty()) impl_->finish();
    }
    co_return created;
}

Result<> Supervisor::exec(ExecRequest request) {
    auto task = TRY(impl_->find(request.id.container));
    return task->exec(std::move(request));
}

Answer<int> Supervisor::start(ProcessId id, Until until) {
    auto found = CO_TRY(impl_->find(id));
    co_return co_await found.task->start(found.process, until);
}

Answer<Exit> Supervisor::remove(ProcessId id) {
    if (auto const task = impl_->being_created(id); task && co_await task->end_create())
        co_return fail(Kind::not_found, "container not created");
    auto found = CO_TRY(impl_->find(id));
    auto removed = co_await found.task->remove(found.process);
    if (removed && id.exec.empty()) impl_->tasks.erase(id.container);
    co_return removed;
}

Result<ProcessState> Supervisor::state(ProcessId const& id) const {
    auto found = TRY(impl_->find(id));
    return found.task->state(*found.process);
}

Answer<Exit> Supervisor::wait(ProcessId id) {
    auto found = CO_TRY(impl_->find(id));
    auto& process = *found.process;
    auto const lives = [&] { return process.phase != Phase::stopped && !process.gone; };
    co_await process.changed.wait_while(lives);
    if (process.phase != Phase::stopped)
        co_return fail(Kind::not_found, "process does not exist ", id.exec);
    co_return *process.ended;
}

Answer<> Supervisor::kill(ProcessId id, int signal, bool all) {
    if (auto const task = impl_->being_created(id); task && signal == SIGKILL) {
        task->give_up();
        co_return Result<>();
    }
    auto found = CO_TRY(impl_->find(id));
    co_return co_await found.task->kill(found.process, signal, all);
}

Answer<> Supervisor::pause(std::string container) {
    auto task = CO_TRY(impl_->find(container));
    co_return co_await task->pause();
}

Answer<> Supervisor::resume(std::string container) {
    auto task = CO_TRY(impl_->find(container));
    co_return co_await task->resume();
}

Answer<std::vector<ProcessInfo>> Supervisor::pids(std::string container) {
    auto task = CO_TRY(impl_->find(container));
    co_return co_await task->pids();
}

Answer<> Supervisor::update(std::string container, spec::Resources wanted) {
    auto task = CO_TRY(impl_->find(container));
    co_return co_await task->update(std::move(wanted));
}

Answer<Stats> Supervisor::stats(std::string container) {
    auto task = CO_TRY(impl_->find(container));
    co_return co_await task->stats();
}

Result<> Supervisor::checkpoint(std::string const& container) const {
    TRY(impl_->find(container));
    return fail(Kind::unsupported, "checkpoint: not implemented by davit");
}

Result<> Supervisor::resize(ProcessId const& id, unsigned width, unsigned height) {
    auto found = TRY(impl_->find(id));
    auto const& process = *found.process;
    if (process.phase == Phase::stopped)
        return fail(Kind::state, "cannot resize a stopped container");
    return process.stdio ? process.stdio->resize(width, height) : Result<>();
}

Result<> Supervisor::close_stdin(ProcessId const& id) {
    auto found = TRY(impl_->find(id));
    if (found.process->stdio) found.process->stdio->close_stdin();
    return {};
}

Result<int> Supervisor::pid(std::string const& container) const {
    auto task = TRY(impl_->find(container));
    return task->own().pid;
}

void Supervisor::shutdown() {
    if (impl_->tasks.empty()) return impl_->finish();
    impl_->finishes = std::ranges::none_of(
        impl_->tasks, [](auto const& entry) { return entry.second->is_created(); });
}

std::size_t Supervisor::containers() const { return impl_->tasks.size(); }

} // namespace davit::shim
