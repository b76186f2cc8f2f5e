// SPDX-License-Identifier: Apache-2.0
// test/host/foreground_attacks.cc - a process that shares a pipe, or a process, with a run or exec
// in the foreground can't keep that from ending.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "hooked.h"

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
    char target[4096]{};
    if (::readlink(path.c_str(), target, sizeof target - 1) < 0) return -1;
    std::string const name(target);
    if (!name.starts_with("pipe:") && !name.ends_with("/fifo")) return -1;
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

/// Traces `pid` and takes the bytes in a pipe between the poll(2) that announces them and the
/// read(2). Calls `then` when `pid` is traced.
template <class Then>
bool rob_after_poll(pid_t pid, Then const& then) {
    if (::ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) != 0) return false;
    ::ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    then();
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

/// Takes all that is in the pipes that `pid` has beside its stdio; how much it was.
long rob_all(pid_t pid) {
    long taken = 0;
    char bytes[65536];
    for (unsigned fd = 3; fd < 32; ++fd) {
        int const pipe = open_pipe_of(pid, fd);
        if (pipe < 0) continue;
        for (long size = 0; (size = ::read(pipe, bytes, sizeof bytes)) > 0;) taken += size;
        ::close(pipe);
    }
    return taken;
}

/// A pipe of ours, which davit gets as an fd.
struct Shared {
    int ends[2]{-1, -1};
    Shared() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
    Shared(Shared const&) = delete;
    Shared& operator=(Shared const&) = delete;
    ~Shared() {
        for (int const end : ends) ::close(end);
    }

    /// Takes no more.
    void fill() const {
        ::fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK);
        char const bytes[4096]{};
        while (::write(ends[1], bytes, sizeof bytes) > 0) continue;
        ::fcntl(ends[1], F_SETFL, O_WRONLY);
    }
    /// Holds nothing.
    void drain() const {
        ::fcntl(ends[0], F_SETFL, O_RDONLY | O_NONBLOCK);
        char bytes[65536];
        while (::read(ends[0], bytes, sizeof bytes) > 0) continue;
    }
};

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
    CHECK(rob_after_poll(exec.pid(), [] {}));
    exec.signal(SIGTERM);
    auto const ended = exec.wait();
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.status == 128 + SIGTERM);
}

TEST_CASE("foreground: a survivor that takes the last bytes keeps nobody waiting",
          "[foreground][security]") {
    Bundle bundle;
    Box box(bundle);
    Shared const out;
    out.fill();
    auto exec =
        redirected(box.exec_words({}, {"orphans", "1", ";", "lines", "4000", ";", "exit", "3"}),
                   "</dev/null >&7 2>/dev/null",
                   {.fds = {{out.ends[1], 7}}, .timeout = std::chrono::seconds(5)});
    // The process has ended; davit can't pass its last output on yet. Its orphan has the pipe open.
    nap(std::chrono::milliseconds(500) * suite().patience);
    REQUIRE(exec.running());
    CHECK(rob_all(exec.pid()) > 4096);
    out.drain();
    auto const ended = exec.wait();
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.status == 3);
}

TEST_CASE("foreground: a poststart hook waits for what a talkative program does", "[foreground]") {
    // More than all pipes hold, before the program is ready: it has to be passed on meanwhile.
    Hooked bundle;
    auto const wait_for = [&](std::string const& text) {
        auto const out = bundle.path() + "/out";
        bundle.raw("poststart",
                   R"({"path":"/bin/sh","timeout":10,"args":["sh","-c",)"
                       + json_quote("until grep -q " + text + " " + out
                                    + "; do sleep 0.02; done; echo $$ >>" + bundle.log_file())
                       + "]}");
    };
    bundle.inside({"lines", "50000", ";", "orphans", "1", ";", "trap", "HUP", "TERM"});
    wait_for("ready");
    wait_for("HUP"); // signals are passed on meanwhile, too
    bundle.write();
    auto run = redirected(davit({"run", "--bundle", bundle.path(), unique_name()}),
                          ">" + bundle.path() + "/out");
    REQUIRE(eventually([&] { return ::access(bundle.log_file().c_str(), F_OK) == 0; }));
    run.signal(SIGHUP);
    REQUIRE(eventually([&] { return contains(read_file(bundle.path() + "/out"), "HUP"); }));
    nap(std::chrono::milliseconds(200));
    run.signal(SIGTERM);
    auto const ended = run.wait();
    INFO(ended.err);
    CHECK(ended.status == 0);
    auto const said = read_file(bundle.path() + "/out");
    CHECK(contains(said, "line 49999\n"));
    CHECK(contains(said, R"({"trap":"TERM"})"));
}

TEST_CASE("foreground: a poststart hook fails while the program's output is passed on",
          "[foreground]") {
    Hooked bundle;
    bundle.inside({"lines", "100000000"});
    bundle.hook("poststart", {"sleep", "0.3", ";", "exit", "3"});
    Container container(bundle);
    auto const ran = container.run();
    CHECK(ran.status == 1);
    CHECK(contains(ran.err, "error running poststart hook #0"));
    CHECK(contains(ran.out, "line 30000\n"));
    CHECK(container.status() == "");
}

TEST_CASE("foreground: a full disk doesn't take away the container that is to be kept",
          "[foreground]") {
    Bundle bundle;
    bundle.inside({"lines", "10000"});
    bundle.write();
    Container container(bundle);
    auto ran = redirected(davit({"run", "--keep", "--bundle", bundle.path(), container.id()}),
                          ">/dev/full")
                   .wait();
    CHECK(ran.status == 1);
    CHECK(contains(ran.err, "no space left on device"));
    CHECK(container.status() == "stopped");
    CHECK(container.remove().status == 0);
}

TEST_CASE("foreground: who traces the process and forgets it keeps nobody waiting",
          "[foreground][security]") {
    Bundle bundle;
    Box box(bundle);
    auto const pid_file = bundle.path() + "/pid";
    for (bool const is_told : {true, false}) {
        INFO(is_told);
        ::unlink(pid_file.c_str());
        auto exec =
            redirected(box.exec_words({"--pid-file", pid_file}, {"sleep", "100"}), "</dev/null");
        REQUIRE(has_pid_file(pid_file));
        auto const pid = std::stoi(read_file(pid_file));
        REQUIRE(::ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
        ::kill(pid, SIGKILL);
        nap(std::chrono::milliseconds(300));
        CHECK(exec.running());
        if (is_told) exec.signal(SIGTERM);
        auto const ended = exec.wait();
        CHECK_FALSE(ended.timed_out);
        CHECK(ended.status == 255);
        CHECK(contains(ended.err, "another process traces it"));
        CHECK(::waitpid(pid, nullptr, __WALL) == pid);
    }
}

TEST_CASE("foreground: another reader of our stdin keeps nobody waiting", "[foreground]") {
    Bundle bundle;
    Box box(bundle);
    auto const pid_file = bundle.path() + "/pid";
    auto const attacked = [&](int reader, auto const& write_one) {
        ::unlink(pid_file.c_str());
        auto exec = redirected(box.exec_words({"--pid-file", pid_file}, {"sleep", "100"}),
                               "<&7 >/dev/null 2>&1",
                               {.fds = {{reader, 7}}, .timeout = std::chrono::seconds(5)});
        REQUIRE(has_pid_file(pid_file));
        nap(std::chrono::milliseconds(100));
        CHECK(rob_after_poll(exec.pid(), write_one));
        exec.signal(SIGTERM);
        auto const ended = exec.wait();
        CHECK_FALSE(ended.timed_out);
        CHECK(ended.status == 128 + SIGTERM);
    };
    Shared const pipe;
    attacked(pipe.ends[0], [&] { CHECK(::write(pipe.ends[1], "x", 1) == 1); });
    CHECK((::fcntl(pipe.ends[0], F_GETFL) & O_NONBLOCK) == 0);
    auto const fifo = bundle.path() + "/fifo"; // the kernel takes no RWF_NOWAIT of it
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    int const both = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);
    attacked(both, [&] { CHECK(::write(both, "x", 1) == 1); });
    CHECK((::fcntl(both, F_GETFL) & O_NONBLOCK) == 0);
    ::close(both);
}
