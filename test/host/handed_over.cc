// SPDX-License-Identifier: Apache-2.0
// test/host/handed_over.cc - what davit passes between the caller of create and the container's
// process: --pidfd-socket, and the sockets of sd_listen_fds(3).

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>

#include "container.h"
#include "fd_socket.h"

using namespace host;

namespace {

/// Two files that a test can tell apart by what was written to them.
class Files {
  public:
    explicit Files(Bundle const& bundle) {
        for (size_t i = 0; i < fds_.size(); ++i) {
            paths_[i] = bundle.path() + "/file-" + std::to_string(i);
            write_file(paths_[i], "");
            fds_[i] = ::open(paths_[i].c_str(), O_RDWR | O_CLOEXEC);
        }
    }
    Files(Files const&) = delete;
    Files& operator=(Files const&) = delete;
    ~Files() {
        for (int const fd : fds_) ::close(fd);
    }
    /// As fds 3, 4, 5, with these variables.
    [[nodiscard]] CommandOptions given(Words env) const {
        CommandOptions how;
        for (size_t i = 0; i < fds_.size(); ++i)
            how.fds.emplace_back(fds_[i], static_cast<int>(3 + i));
        how.env = std::move(env);
        return how;
    }
    [[nodiscard]] std::string content(size_t i) const { return read_file(paths_[i]); }

  private:
    std::array<std::string, 3> paths_;
    std::array<int, 3> fds_{};
};

} // namespace

TEST_CASE("pidfd-socket: receives a pidfd of the container's process", "[pidfd-socket]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    FdSocket const socket(bundle.path() + "/pidfd");
    Container container(bundle);
    auto const created = container.create({"--pidfd-socket", socket.path()});
    INFO(created.err);
    REQUIRE(created.status == 0);
    std::string name;
    int const pidfd = socket.receive(&name);
    REQUIRE(pidfd >= 0);
    CHECK(name == "standard");
    CHECK(contains(read_file("/proc/self/fdinfo/" + std::to_string(pidfd)),
                   "Pid:\t" + std::to_string(container.pid())));
    REQUIRE(container.start().status == 0);
    CHECK(::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0);
    pollfd ready = {pidfd, POLLIN, 0};
    CHECK(::poll(&ready, 1, 5000) == 1);
    ::close(pidfd);
}

TEST_CASE("pidfd-socket: run sends it, too, beside a long path", "[pidfd-socket]") {
    Bundle bundle;
    bundle.inside({"exit", "3"});
    auto const directory = bundle.path() + "/" + std::string(120, 'x');
    REQUIRE(::mkdir(directory.c_str(), 0700) == 0);
    FdSocket const socket(bundle.path() + "/pidfd"); // where the long path leads
    REQUIRE(::symlink(socket.path().c_str(), (directory + "/pidfd").c_str()) == 0);
    CHECK(Container(bundle).run({"--pidfd-socket", directory + "/pidfd"}).status == 3);
    std::string name;
    int const pidfd = socket.receive(&name);
    CHECK(pidfd >= 0);
    CHECK(name == "standard");
    ::close(pidfd);
}

TEST_CASE("pidfd-socket: nothing is made if nobody listens", "[pidfd-socket]") {
    Bundle bundle;
    Container container(bundle);
    auto const created = container.create({"--pidfd-socket", bundle.path() + "/nobody"});
    CHECK(created.status == 1);
    CHECK(contains(created.err, "connect to the pidfd socket"));
    CHECK(container.status() == "");
}

TEST_CASE("listen: sockets of the caller come with their variables", "[listen]") {
    Bundle bundle;
    Files const files(bundle);
    bundle.inside({"write", "/proc/self/fd/3", "first", ";", "write", "/proc/self/fd/4", "second",
                   ";", "fds", ";", "env"});
    bundle.set("/process/env/-", R"("LISTEN_FDS=9")");
    auto const seen = report(bundle, {}, files.given({"LISTEN_FDS=2", "LISTEN_FDNAMES=web:admin"}));
    CHECK(seen["fds"].size() == 5);
    CHECK(files.content(0) == "first");
    CHECK(files.content(1) == "second");
    auto const env = seen["env"].dump();
    CHECK(contains(env, "\"LISTEN_FDS=2\""));
    CHECK(contains(env, "\"LISTEN_PID=1\""));
    CHECK(contains(env, "\"LISTEN_FDNAMES=web:admin\""));
    CHECK_FALSE(contains(env, "LISTEN_FDS=9"));
}

TEST_CASE("listen: preserved fds come behind them", "[listen]") {
    Bundle bundle;
    Files const files(bundle);
    bundle.inside({"write", "/proc/self/fd/5", "preserved", ";", "fds"});
    auto const how = files.given({"LISTEN_FDS=2"});
    CHECK(report(bundle, {"--preserve-fds", "1"}, how)["fds"].size() == 6);
    CHECK(files.content(2) == "preserved");

    Container container(bundle);
    auto const missing = container.create({"--preserve-fds", "2"}, how);
    CHECK(missing.status == 1);
    CHECK(contains(missing.err, "failed to stat preserved fd 6"));
    CHECK(container.status() == "");
}

TEST_CASE("listen: what is meant for another process is left alone", "[listen]") {
    Bundle bundle;
    Files const files(bundle);
    bundle.inside({"fds", ";", "env"});
    for (Words const& env : {Words{"LISTEN_FDS=2", "LISTEN_PID=1"}, Words{"LISTEN_FDS=0"},
                             Words{"LISTEN_FDS="}, Words{"LISTEN_PID=1"}}) {
        auto const seen = report(bundle, {}, files.given(env));
        CHECK(seen["fds"].size() == 3);
        CHECK_FALSE(contains(seen["env"].dump(), "LISTEN"));
    }
}

TEST_CASE("listen: a number that isn't one, or too many", "[listen]") {
    Bundle bundle;
    Files const files(bundle);
    for (auto const& [env, words] :
         {std::pair{"LISTEN_FDS=two", "expected a number"},
          std::pair{"LISTEN_FDS=-1", "expected a number"},
          std::pair{"LISTEN_FDS=4294967296", "expected a number"},
          std::pair{"LISTEN_FDS=4294967295", "failed to stat preserved fd 6"}}) {
        Container container(bundle);
        auto const created = container.create({"--preserve-fds", "4"}, files.given({env}));
        CHECK(created.status == 1);
        INFO(created.err);
        CHECK(contains(created.err, words));
        CHECK(container.status() == "");
    }
}
