// SPDX-License-Identifier: Apache-2.0
// test/host/faulted.cc - which system calls a command makes, and runs in which one fails.

#include "faulted.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <sstream>

#include "catch.h"
#include "suite.h"

namespace host {
namespace {

// Calls for memory, at the C library's start, and those that can't fail: without them a program
// aborts, and says so.
bool may_fail(std::string const& name) {
    static char const* const never[] = {"arch_prctl",
                                        "brk",
                                        "clock_gettime",
                                        "exit",
                                        "exit_group",
                                        "futex",
                                        "getegid",
                                        "geteuid",
                                        "getgid",
                                        "getpid",
                                        "getppid",
                                        "gettid",
                                        "getuid",
                                        "madvise",
                                        "mmap",
                                        "mprotect",
                                        "mremap",
                                        "munmap",
                                        "restart_syscall",
                                        "rseq",
                                        "rt_sigaction",
                                        "rt_sigprocmask",
                                        "rt_sigreturn",
                                        "sched_yield",
                                        "set_robust_list",
                                        "set_tid_address",
                                        "umask"};
    return std::none_of(std::begin(never), std::end(never),
                        [&](char const* one) { return name == one; });
}

} // namespace

Words with_fault(Words const& how, Words const& command) {
    Words all = {suite().fault};
    all.insert(all.end(), how.begin(), how.end());
    all.push_back("--");
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

Words with_fault(Call const& call, std::string const& fate, Words const& command) {
    return with_fault({call.role, call.index, fate}, command);
}

std::vector<Call> calls_of(Words const& command, bool all_that_may_fail) {
    auto const file = suite().temp + "/calls";
    auto const ran = run(with_fault({"--list", file}, command));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return calls_in(file, all_that_may_fail);
}

std::vector<Call> calls_in(std::string const& file, bool all_that_may_fail) {
    std::vector<Call> calls;
    std::istringstream lines(read_file(file));
    for (Call c; lines >> c.role >> c.index >> c.name;)
        if (!all_that_may_fail || may_fail(c.name)) calls.push_back(c);
    ::unlink(file.c_str());
    return calls;
}

std::vector<Call> before_execve(std::vector<Call> calls) {
    std::map<std::string, bool> executed;
    std::erase_if(calls, [&](Call const& call) {
        bool const gone = executed[call.role];
        if (call.role != "0" && call.name == "execve") executed[call.role] = true;
        return gone;
    });
    return calls;
}

Sample::Sample(std::vector<Call> calls, size_t most) : calls_(std::move(calls)) {
    most /= 3;                                                // a third each day
    if (!suite().is_davit) most = std::min<size_t>(most, 40); // runc makes thousands
    // A machine that starts programs 20 times as slowly has time for no more.
    auto const slowness = static_cast<size_t>(suite().patience * suite().patience);
    most = std::max<size_t>(1, most / slowness);
    stride_ = suite().all ? 1 : std::max<size_t>(1, (calls_.size() + most - 1) / most);
    constexpr std::time_t day = 24 * 60 * 60;
    first_ = static_cast<size_t>(std::time(nullptr) / day) % stride_;
}

void Sample::tell() const {
    if (stride_ > 1) WARN("1 of " << stride_ << " of " << calls_.size() << " calls; --all for all");
}

std::string told(Call const& call) {
    return "process " + call.role + ", call " + call.index + ", " + call.name;
}

CommandOptions impatient() {
    CommandOptions how;
    how.timeout = std::chrono::seconds(8);
    return how;
}

} // namespace host
