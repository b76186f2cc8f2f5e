// SPDX-License-Identifier: Apache-2.0
// sys/usage.h - what a process that has ended has used. Runs in: parent. waitid(2).
#pragma once

#include "sys/process.h"

namespace davit::sys {

/// Page faults of a child that has ended, which stays to be waited for.
inline Sys<long> page_faults(PidFd const& ended) {
    siginfo_t info{};
    rusage used{};
    auto const r = raw::done(SYS_waitid, P_PIDFD, ended.number(), &info, WEXITED | WNOWAIT, &used);
    if (!r) return std::unexpected(r.error());
    return used.ru_minflt;
}

} // namespace davit::sys
