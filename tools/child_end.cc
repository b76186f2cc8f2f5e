// SPDX-License-Identifier: Apache-2.0
// tools/child_end.cc - reaps children that have ended. waitid(2).
#include "child_end.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>

#include "base/result.h"

namespace davit::cli {

void reap_orphans(int but) {
    while (true) {
        siginfo_t child{};
        if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        if (child.si_pid == 0 || child.si_pid == but) return;
        ::waitpid(child.si_pid, nullptr, WNOHANG);
    }
}

bool died_before_execve(PidFd const& process, int pid) {
    siginfo_t end{};
    auto const pidfd = static_cast<id_t>(process.number());
    if (::waitid(P_PIDFD, pidfd, &end, WEXITED | WNOHANG | WNOWAIT) != 0
        || end.si_code != CLD_KILLED || end.si_status != SIGKILL)
        return false;
    char stat[1024];
    Fd const file(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    auto const size = file ? ::read(file.number(), stat, sizeof stat - 1) : 0;
    stat[size > 0 ? size : 0] = '\0';
    // Behind the name, which may contain anything: state, five numbers, flags. [proc(5)]
    std::string_view rest(stat);
    rest.remove_prefix(std::min(rest.rfind(')') + 1, rest.size())); // npos + 1 is 0
    constexpr int words_before = 6;
    for (int i = 0; i <= words_before; ++i)
        rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
    constexpr unsigned forked_only = 0x40; // the kernel's PF_FORKNOEXEC
    auto const flags = davit::parse<unsigned>(rest.substr(0, rest.find(' ')));
    return flags && (*flags & forked_only) != 0;
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
    pollfd end{process.number(), POLLIN, 0};
    if (::poll(&end, 1, 10'000) == 1) (void)take_status(process, [] { return false; });
}

} // namespace davit::cli
