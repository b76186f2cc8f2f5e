// SPDX-License-Identifier: Apache-2.0
// test/host/command.h - programs run by tests: captured output, a status, a deadline.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "suite.h"

namespace host {

struct Outcome {
    int status = -1; ///< exit status, or 128 plus a signal
    bool timed_out = false;
    std::string out, err;
};

struct CommandOptions {
    std::string input;                    ///< standard input, a file
    std::string terminal;                 ///< a pty's slave: stdio, and the controlling terminal
    std::string cwd;                      ///< empty: the suite's own
    Words env;                            ///< added to the suite's own
    std::vector<std::pair<int, int>> fds; ///< {ours, its}: inherited beside stdio
    std::chrono::milliseconds timeout{20000}; ///< times the suite's patience
};

/// A program that runs. Its output goes to files: so the test need not read while it runs, and can
/// also read what a container that outlived the command wrote.
class Command {
  public:
    explicit Command(Words const& words, CommandOptions const& options = {});
    Command(Command&&) noexcept;
    Command(Command const&) = delete;
    Command& operator=(Command&&) = delete;
    ~Command(); ///< kills and reaps it, if it still runs

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running(); ///< reaps it if it doesn't
    void signal(int number) const;
    Outcome wait(); ///< waits for its end; kills it at the deadline
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;

    /// Waits until the output contains `text`; false at the deadline.
    bool wait_for(std::string const& text) const;

  private:
    pid_t pid_ = -1;
    int pidfd_ = -1;
    int out_ = -1, err_ = -1;
    int status_ = -1;
    std::chrono::milliseconds timeout_;
};

Outcome run(Words const& words, CommandOptions const& options = {});

/// Polls every few milliseconds until `condition()`; false after `limit` times the suite's
/// patience.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(5));

void nap(std::chrono::milliseconds time);

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit) {
    auto const end = std::chrono::steady_clock::now() + limit * suite().patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        nap(std::chrono::milliseconds(3));
    }
    return true;
}

} // namespace host
