// SPDX-License-Identifier: Apache-2.0
// tools/child_end.cc - reaps children that have ended. waitid(2).
#include "child_end.h"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "base/result.h"
#include "safe/process_stat.h"

namespace davit::cli {

void reap_orphans(int but) {
    while (true) {
        siginfo_t child{};
        if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        if (child.si_pid == 0 || child.si_pid == but) return;
        ::waitpid(child.si_pid, nullptr, WNOHANG);
    }
}

bool has_ended(PidFd const& process, int patience_ms) {
    pollfd end{process.number(), POLLIN, 0};
    return ::poll(&end, 1, patience_ms) == 1;
}

bool died_before_execve(PidFd const& process, int pid) {
    siginfo_t end{};
    auto const pidfd = static_cast<id_t>(process.number());
    if (::waitid(P_PIDFD, pidfd, &end, WEXITED | WNOHANG | WNOWAIT) != 0
        || end.si_code != CLD_KILLED || end.si_status != SIGKILL)
        return false;
    constexpr unsigned forked_only = 0x40; // the kernel's PF_FORKNOEXEC
    auto const stat = safe::process_stat(pid);
    return stat && (stat->flags & forked_only) != 0;
}

Result<int> take_status(PidFd const& process, std::function<bool()> const& give_up) {
    auto const pidfd = static_cast<id_t>(process.number());
    for (int left = 10'000; left > 0; --left) {
        siginfo_t end{};
        if (::waitid(P_PIDFD, pidfd, &end, WEXITED | WNOHANG | __WALL) != 0)
            return fail_errno(Errno{errno}, "wait for the process");
        if (end.si_pid != 0) return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
        if (give_up()) break;
        ::poll(nullptr, 0, 1);
    }
    return fail(Kind::state, "the process has ended, but its exit status isn't known: another "
                             "process traces it, and hasn't taken note of its end");
}

void reap_killed(PidFd const& process) {
    if (has_ended(process, 10'000)) (void)take_status(process, [] { return false; });
}

} // namespace davit::cli
