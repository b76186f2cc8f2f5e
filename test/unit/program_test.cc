// SPDX-License-Identifier: Apache-2.0
// unit/program_test.cc - safe/program.cc: programs that misbehave; none of them holds davit up.
#include "catch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "safe/program.h"
#include "sys/process.h"
#include "temporary.h"

namespace {

using namespace davit;
using safe::How;

Fd input(std::string const& content = "") {
    std::span<char const> const pieces[] = {content};
    auto file = safe::make_input(pieces);
    REQUIRE(file);
    return std::move(*file);
}

struct Shell {
    char const* script;
    char const* directory = nullptr;
    std::uint64_t timeout = 20;
    int lifeline = -1;
    std::string content;
};

safe::Ending run(Shell const& shell) {
    char const* const argv[] = {"sh", "-c", shell.script, nullptr};
    char const* const envp[] = {"PATH=/usr/bin:/bin", nullptr};
    auto const file = input(shell.content);
    return safe::run({.path = "/bin/sh",
                      .argv = argv,
                      .envp = envp,
                      .input = file.number(),
                      .directory = shell.directory,
                      .timeout = shell.timeout,
                      .lifeline = shell.lifeline});
}

double seconds(auto const& work) {
    auto const begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_CASE("program: its end") {
    CHECK(run({"exit 0"}).well());
    auto const failed = run({"echo out; echo err >&2; exit 7"});
    CHECK(failed.how == How::exited);
    CHECK(failed.number == 7);
    CHECK(std::string(failed.words) == "out\nerr\n");
    auto const killed = run({"kill -SEGV $$"});
    CHECK(killed.how == How::killed);
    CHECK(killed.number == SIGSEGV);
    CHECK_FALSE(killed.well());
}

TEST_CASE("program: it can't be executed") {
    char const* const nothing[] = {nullptr};
    auto const file = input();
    for (auto const& [path, errnum] :
         {std::pair{"/no/such", ENOENT}, {"/etc/passwd", EACCES}, {"/", EACCES}}) {
        auto const ending =
            safe::run({.path = path, .argv = nothing, .envp = nothing, .input = file.number()});
        CHECK(ending.how == How::not_run);
        CHECK(ending.number == errnum);
    }
    auto const closed =
        safe::run({.path = "/bin/true", .argv = nothing, .envp = nothing, .input = -1});
    CHECK(closed.how == How::not_run);
    CHECK(closed.number == EBADF);
}

TEST_CASE("program: input is read from the beginning, and can't be changed") {
    std::string const content(100'000, 'x');
    auto const file = input(content);
    for (int round = 0; round < 2; ++round) {
        char const* const argv[] = {"sh", "-c", "wc -c; echo y >&0", nullptr};
        char const* const envp[] = {"PATH=/usr/bin:/bin", nullptr};
        auto const ending =
            safe::run({.path = "/bin/sh", .argv = argv, .envp = envp, .input = file.number()});
        CHECK(std::string(ending.words).starts_with("100000\n"));
        CHECK(ending.how == How::exited);
        CHECK(ending.number != 0); // the write
    }
}

TEST_CASE("program: nothing of ours but what it gets") {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    auto* const ignored = ::signal(SIGUSR2, SIG_IGN);
    int const leaked = ::open("/dev/null", O_RDONLY); // not CLOEXEC
    test::TemporaryDirectory const temporary;
    auto const ending = run({.script = "pwd; ls /proc/self/fd | tr '\\n' ' '; env | sort; "
                                       "grep -E 'SigBlk|SigIgn' /proc/self/status; "
                                       "test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo leads",
                             .directory = temporary.path().c_str()});
    ::close(leaked);
    ::signal(SIGUSR2, ignored);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(std::string(ending.words)
          == temporary.path() + "\n0 1 2 3 PATH=/usr/bin:/bin\nPWD=" + temporary.path()
                 + "\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nleads\n");
    CHECK(std::string(run({.script = "pwd", .directory = "/no/such"}).words) == "/\n");
}

TEST_CASE("program: its time") {
    safe::Ending ending;
    // Its children go with it.
    CHECK(seconds([&] { ending = run({.script = "echo hm; sleep 31 | sleep 32", .timeout = 1}); })
          < 5);
    CHECK(ending.how == How::late);
    CHECK(ending.number == 1);
    CHECK(std::string(ending.words) == "hm\n");
    // Also when it is stopped, or writes all the time.
    How stopped{}, loud{};
    std::thread one([&] { stopped = run({.script = "kill -STOP $$", .timeout = 1}).how; });
    std::thread other([&] { loud = run({.script = "yes", .timeout = 1}).how; });
    one.join();
    other.join();
    CHECK(stopped == How::late);
    CHECK(loud == How::late);
    CHECK(run({.script = "exit 4", .timeout = ~std::uint64_t{0}}).number == 4);
}

TEST_CASE("program: it ends with whom it is for") {
    auto const child = ::fork();
    if (child == 0) {
        ::usleep(300'000);
        ::_exit(0);
    }
    auto const process = sys::pidfd_open(child);
    REQUIRE(process);
    safe::Ending ending;
    CHECK(seconds([&] { ending = run({.script = "exec sleep 33", .lifeline = process->number()}); })
          < 5);
    CHECK(ending.how == How::orphaned);
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("program: floods, and children that keep its output") {
    auto const flood = run({"yes | head -c 20000000; echo end; exit 1"});
    CHECK(flood.number == 1);
    CHECK(std::string(flood.words).ends_with("y\nend\n"));
    CHECK(std::string(flood.words).size() == sizeof flood.words - 1);
    safe::Ending ending;
    // `yes` writes as long as a reader exists: it ends when davit stops reading.
    CHECK(seconds([&] { ending = run({"yes & sleep 2 & exit 0"}); }) < 2);
    CHECK(ending.well());
    CHECK(seconds([&] { ending = run({"exec >&- 2>&-; sleep 0.2; exit 3"}); }) >= 0.2);
    CHECK(ending.number == 3);
}

TEST_CASE("program: a status that somebody else takes is lost, not made up") {
    auto* const before = ::signal(SIGCHLD, SIG_IGN);
    auto const ending = run({"exit 0"});
    ::signal(SIGCHLD, before);
    CHECK(ending.how == How::lost);
}

TEST_CASE("program: many threads") {
    std::vector<std::thread> threads;
    int good[8] = {};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([i, &good] {
            for (int round = 0; round < 5; ++round) good[i] += run({"exit 5"}).number == 5;
        });
    for (auto& thread : threads) thread.join();
    for (auto const count : good) CHECK(count == 5);
}

} // namespace
