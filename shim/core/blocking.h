// SPDX-License-Identifier: Apache-2.0
// shim/core/blocking.h - a call that may wait, on a short-lived thread of its own.
//
// Hooks, locks and freezers may take as long as they like: state, kill and the pod's other
// containers don't wait for them. When nothing is going on there is one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <type_traits>

namespace davit::shim {

/// Runs `run(argument)` on a thread of its own; resumes on the loop's. That thread has ended when
/// this returns, and its children are the calling thread's: nothing is between that and what the
/// caller does next (see Reaper). Where the kernel gives no thread it is run by the caller's.
boost::asio::awaitable<void> run_aside(void (*run)(void*), void* argument);

/// What `work()` returns. The loop must not end before it has.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> blocking(Work work) {
    struct Job {
        Work& work;
        std::optional<std::invoke_result_t<Work&>> result;
    } job{work, {}};
    co_await run_aside(
        [](void* argument) {
            auto& todo = *static_cast<Job*>(argument);
            todo.result.emplace(todo.work());
        },
        &job);
    co_return std::move(*job.result);
}

} // namespace davit::shim
