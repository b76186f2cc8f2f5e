// SPDX-License-Identifier: Apache-2.0
// shim/core/blocking.h - a call that may wait, on a short-lived thread of its own.
//
// Hooks, locks and freezers may take long; state, kill and the pod's other containers don't wait
// for them. An idle shim has one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <type_traits>

namespace davit::shim {

/// Runs `run(argument)` on a new thread, then resumes on the loop's. By then the new thread has
/// ended and the kernel has given its children to the calling thread; nothing runs between that and
/// the caller's next step (see Reaper). If the kernel gives no thread, the caller's runs it.
boost::asio::awaitable<void> run_aside(void (*run)(void*), void* argument);

/// Runs `work()` aside and returns its result. The loop must not end before `work()` has.
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
