// SPDX-License-Identifier: Apache-2.0
// test/host/faulted.h - for tests in which a system call fails, or a process is killed at one.
#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace host {

struct Call {
    std::string role, index, name;
};

/// The command, run by `fault` with these words of its own (test/programs/fault.c).
Words with_fault(Words const& how, Words const& command);
/// The same with a fate for that call: an errno's number, or "kill".
Words with_fault(Call const& call, std::string const& fate, Words const& command);

/// What a clean run of the command calls: all calls, or only those whose failure a program can
/// report.
std::vector<Call> calls_of(Words const& command, bool all_that_may_fail);

/// The list that `fault` wrote.
std::vector<Call> calls_in(std::string const& file, bool all_that_may_fail);

/// Only davit's own calls: the command's children execute other programs.
std::vector<Call> before_execve(std::vector<Call> calls);

/// Every call; with a time limit as many as fit into it, evenly spread.
class Sample {
  public:
    Sample(std::vector<Call> calls, size_t most);
    template <class Try>
    void each(Try attempt) {
        for (size_t i = first_; i < calls_.size(); i += stride_) attempt(calls_[i]);
        tell();
    }

  private:
    void tell() const;
    std::vector<Call> calls_;
    size_t stride_; ///< of these, one is tried, another each day
    size_t first_;
};

std::string told(Call const& call);

/// For a verb that must not hang.
CommandOptions impatient();

} // namespace host
