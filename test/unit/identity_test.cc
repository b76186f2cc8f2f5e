// SPDX-License-Identifier: Apache-2.0
// unit/identity_test.cc - state/identity.cc: a pid counts only with the process's other marks.
#include "catch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "state/record.h"
#include "sys/file.h"
#include "sys/process.h"

namespace {

using namespace davit;
using namespace davit::state;

/// A child that sleeps until it is killed.
struct Child {
    pid_t pid = ::fork();
    Child() {
        if (pid == 0)
            for (;;) ::pause();
    }
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;
    void end() const { ::kill(pid, SIGKILL); }
    void reap() {
        if (pid > 0) ::waitpid(std::exchange(pid, -1), nullptr, 0);
    }
    ~Child() {
        if (pid > 0) end();
        reap();
    }
};

/// Limits this process to so many more fds.
class FewFds {
  public:
    explicit FewFds(unsigned more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const next = ::dup(0); // the lowest free number
        ::close(next);
        rlimit const now{static_cast<rlim_t>(next) + more, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    FewFds(FewFds const&) = delete;
    FewFds& operator=(FewFds const&) = delete;
    ~FewFds() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_CASE("identity: a process is found again") {
    auto const self = sys::pidfd_open(::getpid());
    REQUIRE(self);
    auto const identity = identify(::getpid(), *self);
    REQUIRE(identity);
    CHECK(identity->pid == ::getpid());
    CHECK((identity->inode != 0) != (identity->start_time != 0)); // one of the two
    auto const found = open_process(*identity);
    REQUIRE(found);
    CHECK(*found);
    CHECK_FALSE(has_exited(*found));
}

TEST_CASE("identity: one that has exited is not, reaped or not") {
    Child child;
    auto const process = sys::pidfd_open(child.pid);
    REQUIRE(process);
    auto const identity = identify(child.pid, *process);
    REQUIRE(identity);
    CHECK(*open_process(*identity));
    child.end();
    REQUIRE(sys::waitid(P_PIDFD, process->number(), WEXITED | WNOWAIT));
    CHECK(has_exited(*process));
    auto const zombie = open_process(*identity);
    REQUIRE(zombie);
    CHECK_FALSE(*zombie);
    child.reap();
    CHECK(has_exited(*process));
    auto const gone = open_process(*identity);
    REQUIRE(gone);
    CHECK_FALSE(*gone);
}

TEST_CASE("identity: another process under the same number is another one") {
    Child const child;
    auto const process = sys::pidfd_open(child.pid);
    REQUIRE(process);
    auto other = *identify(child.pid, *process);
    if (other.inode) {
        ++other.inode;
    } else {
        ++other.start_time;
    }
    auto const found = open_process(other);
    REQUIRE(found);
    CHECK_FALSE(*found);
}

TEST_CASE("identity: where pidfds have no inode of their own, the start time decides") {
    Child const child;
    auto const process = sys::pidfd_open(child.pid);
    REQUIRE(process);
    // The 22nd field of its stat, by proc(5)'s count.
    char path[64], buffer[1024] = {};
    std::snprintf(path, sizeof path, "/proc/%d/stat", child.pid);
    auto const file = sys::openat(sys::cwd, path, O_RDONLY);
    REQUIRE(file);
    REQUIRE(sys::read(file->number(), buffer, sizeof buffer - 1));
    unsigned long long start = 0;
    REQUIRE(std::sscanf(std::strrchr(buffer, ')'),
                        ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                        "%*d %llu",
                        &start)
            == 1);
    Identity identity{child.pid, 0, start};
    CHECK(*open_process(identity));
    // It can't be read for lack of fds: that doesn't mean that the process has gone.
    {
        FewFds const only(1);
        CHECK_FALSE(open_process(identity));
    }
    {
        FewFds const none(0);
        CHECK_FALSE(is_exiting(child.pid));
    }
    ++identity.start_time;
    CHECK_FALSE(*open_process(identity));
}

TEST_CASE("identity: no process") {
    for (int const pid : {0, -1, 0x7fffffff}) {
        auto const found = open_process({pid, 1, 0});
        REQUIRE(found);
        CHECK_FALSE(*found);
    }
}

} // namespace
