// SPDX-License-Identifier: Apache-2.0
// safe/program.h - the one door to programs of others: whatever they do, we go on. Runs in: both.
//
// Such a program may hang, die, flood its output, never read its input, leave children behind that
// keep its files open. It gets nothing of ours: not our fds, environment, signal mask or session.
// execve(2), pidfd_open(2), memfd_create(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/errno.h"
#include "davit/fd.h"

namespace davit::safe {

struct Program {
    char const* path;                ///< absolute
    char const* const* argv;         ///< zero-terminated
    char const* const* envp;         ///< the same: all of its environment
    int input;                       ///< its stdin, from make_input()
    char const* directory = nullptr; ///< where it works; null: where we do
    std::uint64_t timeout = 0;       ///< seconds until it is killed; 0: none
    int lifeline = -1;               ///< a pidfd: it is killed when that process has ended
    void (*last)() = nullptr;        ///< what it does at last before execve(2): system calls alone
};

enum class How : std::uint16_t {
    not_run,  ///< `number` is the errno
    exited,   ///< `number` is the status
    killed,   ///< `number` is the signal, somebody else's
    late,     ///< `number` is the timeout
    orphaned, ///< the process that it was for has ended
    lost,     ///< it has ended, and somebody else has taken its status
};

struct Ending {
    How how = How::not_run;
    std::int32_t number = 0;
    char words[512] = {}; ///< the last that it wrote to stdout and stderr; has a NUL at its end

    [[nodiscard]] bool well() const { return how == How::exited && number == 0; }
};

/// Runs it to its end and says which that was. What it started and left behind goes on, but its
/// output leads nowhere then. It dies with the calling thread. Makes no use of memory that is
/// allocated: for a process with threads, and for one without a C library.
Ending run(Program const& program);

/// A file with that content, for Program::input. Unlike a pipe it never waits for its reader, and
/// nobody can change it.
Sys<Fd> make_input(std::span<std::span<char const> const> pieces);

} // namespace davit::safe
