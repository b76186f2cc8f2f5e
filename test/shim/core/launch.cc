// SPDX-License-Identifier: Apache-2.0
// test/shim/core/launch.cc - programs that the shim starts: what they get, and nothing more.
#include "core/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "davit/fd.h"
#include "shim.h"

using namespace host;

namespace {

struct Opened {
    explicit Opened(std::string const& path, int how)
        : fd(::open(path.c_str(), how | O_CLOEXEC, 0600)) {
        REQUIRE(fd);
    }
    davit::Fd fd;
};

} // namespace

TEST_CASE("launch: words, environment, fds and group are those that were asked for", "[shim]") {
    Bundle bundle;
    auto const path = suite().temp + "/" + unique_name();
    Opened const in("/dev/null", O_RDONLY), out(path, O_WRONLY | O_CREAT);
    Opened const inherited("/dev/null", O_RDONLY);
    (void)::fcntl(inherited.fd.number(), F_SETFD, 0); // as if the caller had left it open
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    auto* const pipe_before = ::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context loop;
    auto const pid = davit::shim::launch(
        loop, {.role = "the test",
               .program = "/bin/busybox",
               .words = {"sh", "-c",
                         "echo $0 $1; /bin/busybox env; echo group $(($$ - $(/bin/busybox awk "
                         "'{print $5}' /proc/self/stat)));"
                         "/bin/busybox grep -E '^Sig(Blk|Ign)' /proc/self/status;"
                         "for fd in /proc/$$/fd/*; do echo $fd; done; readlink /proc/$$/fd/3",
                         "zero", "one"},
               .environment = {"A=1", "B=2 3"},
               .first = 0,
               .fds = {in.fd.number(), out.fd.number(), out.fd.number(), out.fd.number()}});
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::signal(SIGPIPE, pipe_before);
    REQUIRE(pid);
    int status = 0;
    CHECK(::waitpid(*pid, &status, 0) == *pid);
    auto const said = read_file(path);
    ::unlink(path.c_str());
    INFO(said);
    CHECK(status == 0);
    CHECK(said.starts_with("zero one\n"));
    CHECK(said.find("\nA=1\n") != said.npos);
    CHECK(said.find("\nB=2 3\n") != said.npos);
    CHECK(said.find("HOME=") == said.npos);
    CHECK(said.find("group 0\n") != said.npos);
    CHECK(said.find("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") != said.npos);
    for (int fd = 0; fd <= 3; ++fd)
        CHECK(said.find("/fd/" + std::to_string(fd) + "\n") != said.npos);
    CHECK(said.find("/fd/5\n") == said.npos); // 4: what the shell reads the list from
    REQUIRE(inherited.fd.number() > 4);
    CHECK(said.find("/fd/" + std::to_string(inherited.fd.number()) + "\n") == said.npos);
    CHECK(said.ends_with(path));
}

TEST_CASE("launch: a program that isn't there is an error by its name", "[shim]") {
    Bundle bundle;
    Opened const in("/dev/null", O_RDONLY);
    boost::asio::io_context loop;
    auto const pid = davit::shim::launch(loop, {.role = "the test",
                                                .program = "/no/such",
                                                .words = {"x"},
                                                .environment = {},
                                                .first = 3,
                                                .fds = {in.fd.number()}});
    REQUIRE_FALSE(pid);
    CHECK(pid.error().story == "start the test \"/no/such\": no such file or directory");
    CHECK(in.fd.number() >= 0); // still ours
}
