// SPDX-License-Identifier: Apache-2.0
// safe/child.h - a child of one thread among many, its end, blocked signals. Runs in: both.
//
// The child, a copy of that thread alone, makes raw system calls only: no C library, no lock.
// Kernel interface: clone3(2), rt_sigprocmask(2), waitid(2).
#pragma once

#include "base/try.h"
#include "sys/process.h"

namespace davit::safe {

/// While it lives, this thread handles no signal, and only signals that can't be blocked end it.
class Undisturbed {
  public:
    Undisturbed() {
        std::uint64_t const all = ~std::uint64_t{0};
        (void)sys::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    Undisturbed(Undisturbed const&) = delete;
    Undisturbed& operator=(Undisturbed const&) = delete;
    ~Undisturbed() { (void)sys::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  private:
    std::uint64_t before_ = 0;
};

/// Calls `clone`, which returns twice; the child calls `run`, which doesn't return. The child
/// inherits a mask of all signals: no handler of the caller may run in it.
template <class Clone, class Run>
Sys<int> fork(Clone const& clone, Run const& run) {
    std::uint64_t const all = ~std::uint64_t{0};
    std::uint64_t mask = 0;
    TRY(sys::sigprocmask(SIG_SETMASK, &all, &mask));
    auto const pid = clone();
    if (pid && *pid == 0) run();
    (void)sys::sigprocmask(SIG_SETMASK, &mask, nullptr);
    return pid;
}

/// Waits until a child has ended, and reaps it, whatever its exit signal.
inline Sys<siginfo_t> reap(PidFd const& process) {
    for (;;) {
        auto const ended = sys::waitid(P_PIDFD, process.number(), WEXITED | __WALL);
        if (ended || ended.error() != Errno{EINTR}) return ended;
    }
}

} // namespace davit::safe
