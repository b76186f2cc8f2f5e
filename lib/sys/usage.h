// SPDX-License-Identifier: Apache-2.0
// sys/usage.h - how a process has ended, and what it used. Runs in: parent. waitid(2).
#pragma once

#include <optional>

#include "sys/deadline.h"
#include "sys/process.h"

namespace davit::sys {

/// Page faults of a child that has ended and is not reaped yet.
inline Sys<long> page_faults(PidFd const& ended) {
    siginfo_t info{};
    rusage used{};
    auto const r =
        raw::done(SYS_waitid, P_PIDFD, ended.number(), &info, WEXITED | WNOWAIT | WNOHANG, &used);
    if (!r) return std::unexpected(r.error());
    if (info.si_pid == 0) return std::unexpected(Errno{EAGAIN});
    return used.ru_minflt;
}

/// The end of a child, after its pidfd polled readable; `options`: WNOWAIT, __WALL. A process that
/// traces the child in a pid namespace is told before the parent, and may never reap it: then there
/// is no answer after 1 s.
inline std::optional<siginfo_t> end_of(PidFd const& ended, int options) {
    for (Deadline const until(std::chrono::seconds(1));;) {
        auto const info = waitid(P_PIDFD, ended.number(), WEXITED | WNOHANG | options);
        if (!info) return {};
        if (info->si_pid != 0) return *info;
        if (until.passed()) return {};
        until.sleep(std::chrono::milliseconds(1));
    }
}

} // namespace davit::sys
