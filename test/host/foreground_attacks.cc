// SPDX-License-Identifier: Apache-2.0
// test/host/foreground_attacks.cc - who shares a pipe, or a process, with a run or exec in the
// foreground can't keep that from ending.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"

using namespace host;

namespace {

/// `words` with their stdio as `how` says; the process is that of `words`.
Command redirected(Words const& words, std::string const& how, CommandOptions const& options = {}) {
    Words all = {"sh", "-c", "exec \"$@\" " + how, "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return Command(all, options);
}

/// A pipe that `pid` has as `fd`; -1 if it is none.
int open_pipe_of(pid_t pid, std::uint64_t fd) {
    auto const path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
    char target[64]{};
    if (::readlink(path.c_str(), target, sizeof target - 1) < 0) return -1;
    if (!std::string(target).starts_with("pipe:")) return -1;
    return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/// Takes all that is in the pipe from which `pid` is about to read; false if it isn't.
bool rob(pid_t pid) {
    __ptrace_syscall_info call{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) <= 0) return false;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
    if (call.entry.nr != SYS_read && call.entry.nr != SYS_preadv2) return false;
    int const pipe = open_pipe_of(pid, call.entry.args[0]);
    if (pipe < 0) return false;
    char taken[65536];
    auto const size = ::read(pipe, taken, sizeof taken);
    ::close(pipe);
    return size > 0;
}

/// Between the next poll(2) of `pid` that tells of bytes in a pipe, and its read(2), takes them.
bool rob_after_poll(pid_t pid) {
    if (::ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) != 0) return false;
    ::ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    bool robbed = false;
    auto const next_stop = [&] {
        return eventually([&] { return ::waitpid(pid, nullptr, WNOHANG | __WALL) == pid; });
    };
    while (!robbed && next_stop()) {
        robbed = rob(pid);
        ::ptrace(robbed ? PTRACE_DETACH : PTRACE_SYSCALL, pid, 0, 0);
    }
    return robbed;
}

bool has_pid_file(std::string const& path) {
    return eventually([&] { return ::access(path.c_str(), F_OK) == 0; });
}

} // namespace

TEST_CASE("foreground: a byte that the process takes back after poll keeps nobody waiting",
          "[foreground][security]") {
    Bundle bundle;
    Box box(bundle);
    auto const pid_file = bundle.path() + "/pid";
    auto exec =
        redirected(box.exec_words({"--pid-file", pid_file},
                                  {"sleep", "0.5", ";", "echo", "x", ";", "sleep", "100"}),
                   "</dev/null >/dev/null 2>/dev/null", {.timeout = std::chrono::seconds(5)});
    REQUIRE(has_pid_file(pid_file));
    CHECK(rob_after_poll(exec.pid()));
    exec.signal(SIGTERM);
    auto const ended = exec.wait();
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.status == 128 + SIGTERM);
}
