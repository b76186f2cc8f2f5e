// SPDX-License-Identifier: Apache-2.0
// test/host/faulted.h - what the tests share in which system calls fail, or a process is killed at
// one.
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
/// The same with that call's fate: an errno's number, or "kill".
Words with_fault(Call const& call, std::string const& fate, Words const& command);

/// What a clean run of the command calls: all, or those whose failure a program can tell of.
std::vector<Call> calls_of(Words const& command, bool all_that_may_fail);

/// The list that `fault` wrote.
std::vector<Call> calls_in(std::string const& file, bool all_that_may_fail);

/// Of davit's own: the programs that the command's children execute are others'.
std::vector<Call> before_execve(std::vector<Call> calls);

/// Every call, or with a time limit as many as it takes, spread evenly.
class Sample {
  public:
    Sample(std::vector<Call> calls, size_t most);
    template <class Try>
    void each(Try attempt) {
        for (size_t i = 0; i < calls_.size(); i += stride_) attempt(calls_[i]);
        tell();
    }

  private:
    void tell() const;
    std::vector<Call> calls_;
    size_t stride_;
};

std::string told(Call const& call);

/// For a verb that must not hang.
CommandOptions impatient();

} // namespace host
