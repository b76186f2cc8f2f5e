// SPDX-License-Identifier: Apache-2.0
// test/host/command.cc - programs run by tests.

#include "command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "catch.h"

extern char** environ;

namespace host {
namespace {

int temporary_file() {
    int const fd = ::open(suite().temp.c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) FAIL("a temporary file in " << suite().temp << ": " << std::strerror(errno));
    return fd;
}

std::string content(int fd) {
    std::string text;
    char block[65536];
    for (off_t at = 0; ssize_t n = ::pread(fd, block, sizeof block, at); at += n) {
        if (n < 0) break;
        text.append(block, static_cast<size_t>(n));
    }
    return text;
}

std::vector<char*> pointers(Words const& words) {
    std::vector<char*> all;
    for (auto const& word : words) all.push_back(const_cast<char*>(word.c_str()));
    all.push_back(nullptr);
    return all;
}

} // namespace

void nap(std::chrono::milliseconds time) { ::usleep(static_cast<useconds_t>(time.count()) * 1000); }

Command::Command(Words const& words, CommandOptions const& options)
    : out_(temporary_file()), err_(temporary_file()), timeout_(options.timeout * suite().patience) {
    int const in = temporary_file(); // not /dev/null: a runtime may chown its standard input
    if (::write(in, options.input.data(), options.input.size()) < 0) FAIL("standard input");
    ::lseek(in, 0, SEEK_SET);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    if (options.terminal.empty()) {
        posix_spawn_file_actions_adddup2(&files, in, 0);
        posix_spawn_file_actions_adddup2(&files, out_, 1);
        posix_spawn_file_actions_adddup2(&files, err_, 2);
    } else { // the first terminal that a session's leader opens becomes the controlling one
        flags |= POSIX_SPAWN_SETSID;
        posix_spawn_file_actions_addopen(&files, 0, options.terminal.c_str(), O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&files, 0, 1);
        posix_spawn_file_actions_adddup2(&files, 0, 2);
    }
    // Moves them to high numbers first: one pair's target may be another's source.
    constexpr int high = 700;
    for (auto const& [ours, its] : options.fds)
        posix_spawn_file_actions_adddup2(&files, ours, high + its);
    for (auto const& [ours, its] : options.fds) {
        posix_spawn_file_actions_adddup2(&files, high + its, its);
        posix_spawn_file_actions_addclose(&files, high + its);
    }
    if (!options.cwd.empty()) posix_spawn_file_actions_addchdir_np(&files, options.cwd.c_str());
    posix_spawnattr_setflags(&how, flags);

    auto environment = Words();
    for (char** e = environ; *e; ++e) environment.emplace_back(*e);
    for (auto const& e : options.env) { // getenv(3) finds the first
        auto const name = e.substr(0, e.find('=') + 1);
        std::erase_if(environment, [&](auto const& old) { return old.starts_with(name); });
        environment.push_back(e);
    }
    int const error = ::posix_spawnp(&pid_, words.at(0).c_str(), &files, &how,
                                     pointers(words).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    ::close(in);
    if (error) FAIL("cannot run " << words.at(0) << ": " << std::strerror(error));
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Command::Command(Command&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)),
      status_(other.status_),
      timeout_(other.timeout_) {}

Command::~Command() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (int fd : {pidfd_, out_, err_})
        if (fd >= 0) ::close(fd);
}

bool Command::running() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        pid_ = -1;
    }
    return pid_ > 0;
}

void Command::signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
}

Outcome Command::wait() {
    Outcome outcome;
    pollfd exit = {pidfd_, POLLIN, 0};
    if (pid_ > 0 && ::poll(&exit, 1, static_cast<int>(timeout_.count())) == 0) {
        outcome.timed_out = true;
        signal(SIGKILL);
    }
    if (pid_ > 0) {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    outcome.status = status_;
    outcome.out = out();
    outcome.err = err();
    return outcome;
}

std::string Command::out() const { return content(out_); }
std::string Command::err() const { return content(err_); }

bool Command::wait_for(std::string const& text) const {
    return eventually([&] { return out().find(text) != std::string::npos; });
}

Outcome run(Words const& words, CommandOptions const& options) {
    return Command(words, options).wait();
}

} // namespace host
