// SPDX-License-Identifier: Apache-2.0
// safe/process_stat.h - what the kernel tells of a process. Runs in: parent. proc(5),
// pidfd_open(2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::safe {

struct ProcessStat {
    char state = 0;               ///< field 3: R, S, D, T, t, Z, …
    std::uint64_t flags = 0;      ///< field 9: the kernel's PF_…
    std::uint64_t start_time = 0; ///< field 22, in clock ticks since boot

    /// Whether it exits, which no process can stop any more. Process 1 of a pid namespace stays in
    /// this state until all others of the namespace are reaped.
    [[nodiscard]] bool is_exiting() const {
        constexpr std::uint64_t exiting = 4; // the kernel's PF_EXITING
        return (flags & exiting) != 0;
    }
};

/// Pure: a line of /proc/PID/stat, of which the process chooses the 2nd field. Nothing if it is no
/// such line.
std::optional<ProcessStat> parse_stat(std::string_view line);

/// errnum is ENOENT or ESRCH if the process has ended.
Result<ProcessStat> process_stat(int pid);

/// The number of a pidfd's process in the caller's pid namespace. 0 or less: it has been reaped, or
/// isn't seen there.
Result<int> pid_of(PidFd const& process);

} // namespace davit::safe
