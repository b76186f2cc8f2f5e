// SPDX-License-Identifier: Apache-2.0
// unit/conversation_test.cc - launch/conversation.cc: a peer that isn't init speaks to the parent.
#include "catch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "davit/config.h"
#include "launch/conversation.h"
#include "safe/process_stat.h"
#include "sys/file.h"
#include "sys/process.h"

namespace {

using namespace davit;
using namespace davit::launch;

/// A process that waits for its end: a child of the test, or a child's child.
class Waiting {
  public:
    explicit Waiting(bool grandchild = false) {
        int report[2];
        REQUIRE(::pipe2(report, O_CLOEXEC) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (grandchild && ::fork() == 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            pid_t const own = ::getpid();
            bool const is_one = !grandchild || ::getppid() != original_;
            if (is_one) (void)!::write(report[1], &own, sizeof own);
            for (;;) ::pause();
        }
        REQUIRE(child_ > 0);
        ::close(report[1]);
        REQUIRE(::read(report[0], &pid, sizeof pid) == sizeof pid);
        ::close(report[0]);
        process = sys::pidfd_open(pid).value();
    }
    Waiting(Waiting const&) = delete;
    Waiting& operator=(Waiting const&) = delete;
    ~Waiting() {
        ::kill(child_,
               SIGKILL); // a Started may have reaped it; the number isn't used again so soon
        ::waitpid(child_, nullptr, 0);
    }
    pid_t pid = 0;
    PidFd process;

  private:
    pid_t original_ = ::getpid();
    pid_t child_ = 0;
};

plan::HostFacts const facts{{cgroup::Mode::unified, {{{}, "/sys/fs/cgroup", "/x", true}}}};

plan::Plan a_plan(std::initializer_list<spec::Namespace> namespaces) {
    auto config = example_config(false, false, 0, 0);
    config.linux.namespaces = namespaces;
    auto plan = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
    INFO((plan ? "" : plan.error().story));
    REQUIRE(plan);
    return std::move(*plan);
}

plan::Plan with_second() {
    return a_plan({{spec::NamespaceType::mount, ""}, {spec::NamespaceType::pid, "/run/pid"}});
}

/// A started process that says nothing; the test speaks in its place.
struct Usurped {
    Fd const image = sys::openat(sys::cwd, "/bin/sleep", O_PATH | O_CLOEXEC).value();
    int const stdio[3] = {0, 1, 2};
    Started init = start_init({.image = image, .stdio = stdio}).value();
    int const first = init.pid;
    Channel usurper;

    Usurped() {
        Fd ends[2];
        REQUIRE(sys::socketpair(AF_UNIX, SOCK_SEQPACKET, ends));
        init.channel = Channel(std::move(ends[0]));
        usurper = Channel(std::move(ends[1]));
    }

    /// What comes of what the usurper has said: "", or the parent's story.
    std::string heard(plan::Plan const& plan) {
        Wait wait{Patience{}};
        auto const nothing = [](Fd const&, int) -> Result<> { return {}; };
        auto const heard = hear_until_ready(init, plan, {}, nothing, nullptr, wait);
        return heard ? "" : heard.error().story;
    }
};

std::string const out_of_order = "davit's init sent message 6 out of order";

/// What the parent makes of Forked, and of a Ready behind it.
std::string forked(int pid, int fd, plan::Plan const& plan = with_second()) {
    Usurped usurped;
    REQUIRE(usurped.usurper.send(Forked{pid}, fd));
    REQUIRE(usurped.usurper.send(Ready{}));
    auto story = usurped.heard(plan);
    CHECK(usurped.init.pid == (story.empty() ? pid : usurped.first));
    return story;
}

TEST_CASE("conversation: a second process is a child, under its own number") {
    Waiting const child, other;
    CHECK(forked(other.pid, child.process.number()) == out_of_order);
    CHECK(forked(::getpid(), child.process.number()) == out_of_order);
    CHECK(forked(0, child.process.number()) == out_of_order);
    CHECK(forked(-1, child.process.number()) == out_of_order);
    CHECK(forked(child.pid, child.process.number()) == "");
}

TEST_CASE("conversation: no other process is taken for a second one") {
    Waiting const stranger(true);
    auto const own = sys::pidfd_open(::getpid()).value();
    CHECK(forked(stranger.pid, stranger.process.number()) == out_of_order);
    CHECK(forked(::getpid(), own.number()) == out_of_order);
    CHECK(::waitpid(stranger.pid, nullptr, WNOHANG) == -1);
    CHECK(::kill(stranger.pid, 0) == 0); // nor killed with what was started
    auto const null = sys::openat(sys::cwd, "/dev/null", O_RDWR | O_CLOEXEC).value();
    CHECK(forked(stranger.pid, null.number()) == out_of_order);
    CHECK(forked(stranger.pid, -1) == out_of_order);
}

TEST_CASE("conversation: the second process that a user namespace needs is looked at, too") {
    Waiting const child, stranger(true);
    auto const plan = with_second();
    auto const second = [&](int pid, int fd) {
        Usurped usurped;
        REQUIRE(usurped.usurper.send(Forked{pid}, fd));
        Wait wait{Patience{}};
        auto const heard = hear_second(usurped.init, plan, wait);
        return heard ? "" : heard.error().story;
    };
    CHECK(second(stranger.pid, stranger.process.number()) == out_of_order);
    CHECK(second(stranger.pid, child.process.number()) == out_of_order);
    CHECK(second(child.pid, -1) == out_of_order);
    CHECK(second(child.pid, child.process.number()) == "");
}

TEST_CASE("conversation: what the plan doesn't have is out of order") {
    Waiting const child, another;
    auto const plain = a_plan({{spec::NamespaceType::mount, ""}});
    CHECK(forked(child.pid, child.process.number(), plain) == out_of_order);
    auto const null = sys::openat(sys::cwd, "/dev/null", O_RDWR | O_CLOEXEC).value();
    {
        Usurped usurped;
        REQUIRE(usurped.usurper.send(TakeListener{}, null.number()));
        CHECK(usurped.heard(plain) == "davit's init sent message 16 out of order");
    }
    {
        Usurped usurped;
        REQUIRE(usurped.usurper.send(TakeConsole{}, null.number()));
        CHECK(usurped.heard(plain) == "davit's init sent message 7 out of order");
    }
    Usurped usurped;
    REQUIRE(usurped.usurper.send(Forked{child.pid}, child.process.number()));
    REQUIRE(usurped.usurper.send(Forked{another.pid}, another.process.number()));
    CHECK(usurped.heard(with_second()) == out_of_order);
    CHECK(usurped.init.pid == child.pid);
}

TEST_CASE("conversation: the kernel's number of a pidfd") {
    auto const own = sys::pidfd_open(::getpid()).value();
    CHECK(safe::pid_of(own).value() == ::getpid());
    Waiting const child;
    CHECK(safe::pid_of(child.process).value() == child.pid);
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    CHECK(safe::pid_of(child.process).value() <= 0); // by /proc/self/fdinfo
    auto const null = sys::openat(sys::cwd, "/dev/null", O_RDWR | O_CLOEXEC).value().as<PidFd>();
    CHECK_FALSE(safe::pid_of(null));
}

} // namespace
