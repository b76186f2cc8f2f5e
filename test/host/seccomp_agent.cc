// SPDX-License-Identifier: Apache-2.0
// test/host/seccomp_agent.cc - SCMP_ACT_NOTIFY: the test is the agent that answers.
//
// [config-linux.md#containerprocessstate], seccomp_unotify(2).

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// A socket at which one agent waits.
class Agent {
  public:
    Agent() : path_(suite().temp + "/bundle-agent.sock") {
        ::unlink(path_.c_str());
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path_.c_str());
        socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(socket_, 4) == 0);
    }
    ~Agent() {
        ::close(socket_);
        if (listener_ >= 0) ::close(listener_);
        ::unlink(path_.c_str());
    }
    [[nodiscard]] std::string const& path() const { return path_; }

    /// The one message that was sent, and its fd.
    Json take() {
        pollfd waiting = {socket_, POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, 5000) == 1);
        int const peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        char text[65536];
        iovec part = {text, sizeof text};
        union {
            cmsghdr header;
            char room[CMSG_SPACE(4 * sizeof(int))];
        } ancillary = {};
        msghdr message = {};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = &ancillary;
        message.msg_controllen = sizeof ancillary;
        auto const size = ::recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
        REQUIRE(size > 0);
        REQUIRE(ancillary.header.cmsg_len == CMSG_LEN(sizeof(int)));
        if (listener_ >= 0) ::close(listener_);
        std::memcpy(&listener_, CMSG_DATA(&ancillary.header), sizeof listener_);
        char more;
        CHECK(::read(peer, &more, 1) == 0); // closed after it
        ::close(peer);
        return Json(std::string(text, static_cast<size_t>(size)));
    }

    /// Waits for a call, which then waits for an answer.
    [[nodiscard]] seccomp_notif hear() const {
        pollfd waiting = {listener_, POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, 5000) == 1);
        seccomp_notif asked = {};
        REQUIRE(::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0);
        return asked;
    }
    /// Waits for a call and makes it fail; returns its number.
    int refuse(int error) const { return answer(-error, 0); }
    /// Waits for a call and lets the kernel do it; returns its number.
    int let_go() const { return answer(0, SECCOMP_USER_NOTIF_FLAG_CONTINUE); }

  private:
    int answer(int error, unsigned flags) const {
        auto const asked = hear();
        seccomp_notif_resp answer = {};
        answer.id = asked.id;
        answer.error = error;
        answer.flags = flags;
        REQUIRE(::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
        return asked.data.nr;
    }

    std::string path_;
    int socket_ = -1, listener_ = -1;
};

} // namespace

TEST_CASE("seccomp: an agent answers for the kernel", "[seccomp]") {
    for (auto const* late : {"false", "true"})
        for (auto const* flags : {"[]", R"(["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])"}) {
            INFO("noNewPrivileges " << late << ", flags " << flags);
            Bundle bundle;
            Agent agent;
            bundle.inside({"call", std::to_string(SYS_getpgrp)});
            bundle.set("/process/noNewPrivileges", late).set("/annotations/a", "\"b\"");
            bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","flags":)"
                                             + std::string(flags) + R"(,"listenerPath":)"
                                             + json_quote(agent.path())
                                             + R"(,"listenerMetadata":"some thing",
                "syscalls":[{"names":["getpgrp"],"action":"SCMP_ACT_NOTIFY"}]})");
            Container container(bundle);
            auto const created = container.create();
            INFO(created.err);
            REQUIRE(created.status == 0);
            REQUIRE(container.start().status == 0);
            auto const said = agent.take();
            auto const pid = container.pid();
            CHECK(said.dump("/fds") == R"(["seccompFd"])");
            CHECK(said.number("/pid") == pid);
            CHECK(said.text("/metadata") == "some thing");
            CHECK(said.text("/ociVersion") == said.text("/state/ociVersion"));
            CHECK(said.text("/state/id") == container.id());
            CHECK(said.number("/state/pid") == pid);
            CHECK(said.text("/state/status") == (*late == 't' ? "created" : "creating"));
            CHECK(said.text("/state/bundle") == bundle.path());
            CHECK(said.text("/state/annotations/a") == "b");
            CHECK(agent.refuse(EXDEV) == SYS_getpgrp);
            CHECK(container.wait_stopped());
            CHECK(contains(container.out(), "EXDEV"));
            CHECK(container.remove().status == 0);
        }
}

TEST_CASE("seccomp: whatever the profile says of sendmsg, the agent gets its listener",
          "[seccomp]") {
    for (auto const* action : {"NOTIFY", "ERRNO", "KILL_PROCESS"}) {
        INFO(action);
        Bundle bundle;
        Agent agent;
        bundle.inside({"call", std::to_string(SYS_getpgrp)});
        bundle.set("/process/noNewPrivileges", "true");
        bundle.set("/linux/seccomp",
                   R"({"defaultAction":"SCMP_ACT_ALLOW","listenerPath":)" + json_quote(agent.path())
                       + R"(,"syscalls":[{"names":["getpgrp"],"action":"SCMP_ACT_NOTIFY"},
                           {"names":["sendmsg"],"action":"SCMP_ACT_)"
                       + action + R"("}]})");
        Container container(bundle);
        auto const created = container.create();
        INFO(created.err);
        REQUIRE(created.status == 0);
        REQUIRE(container.start().status == 0);
        (void)agent.take();
        CHECK(agent.refuse(EXDEV) == SYS_getpgrp);
        CHECK(container.wait_stopped());
        CHECK(contains(container.out(), "EXDEV"));
        CHECK(container.remove().status == 0);
    }
}

TEST_CASE("seccomp: without its agent no program runs", "[seccomp]") {
    Bundle bundle;
    bundle.inside({"echo", "here"});
    bundle.set("/process/noNewPrivileges", "true");
    bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/no/agent",
        "syscalls":[{"names":["mknod"],"action":"SCMP_ACT_NOTIFY"}]})");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const started = container.start();
    CHECK(started.status != 0);
    CHECK(contains(started.err, "/linux/seccomp/listenerPath"));
    CHECK(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("exec: killed with its container before its program, it says that this has stopped",
          "[exec][seccomp][davit]") {
    if (skip_unless(suite().is_davit, "runc says nothing")) return;
    Bundle bundle;
    Agent agent;
    bundle.inside({"sleep", "1000"}).set("/process/noNewPrivileges", "true");
    bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","listenerPath":)"
                                     + json_quote(agent.path())
                                     + R"(,"syscalls":[{"names":["execve","execveat"],
                                           "action":"SCMP_ACT_NOTIFY"}]})");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    Command starting(davit({"start", container.id()}));
    (void)agent.take();
    (void)agent.let_go();
    REQUIRE(starting.wait().status == 0);

    Command executing(davit({"exec", container.id(), "/inside", "exit", "0"}));
    (void)agent.take();
    (void)agent.hear(); // its execve waits for us
    REQUIRE(container.kill("KILL").status == 0);
    auto const killed = executing.wait();
    CHECK(killed.status == 255);
    CHECK(contains(killed.err, "cannot exec in a stopped container"));
}
