// SPDX-License-Identifier: Apache-2.0
// safe/program.h - the one door to other people's programs, which may do anything. Runs in: both.
//
// Such a program may hang, die, flood its output, never read its input, or leave children behind
// that keep its files open. It gets none of davit's fds, environment, signal mask or session.
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
    char const* directory = nullptr; ///< its working directory; null: the caller's
    std::uint64_t timeout = 0;       ///< seconds until it is killed; 0: none
    int lifeline = -1;               ///< a pidfd: when that process ends, the program is killed
    void (*last)() = nullptr;        ///< called last before execve(2): may make system calls only
};

enum class How : std::uint16_t {
    not_run,  ///< `number` is the errno
    exited,   ///< `number` is the status
    killed,   ///< `number` is the signal, sent by another process
    late,     ///< `number` is the timeout
    orphaned, ///< the process of `lifeline` has ended
    lost,     ///< it has ended, and other code has reaped its status
};

struct Ending {
    How how = How::not_run;
    std::int32_t number = 0;
    char words[512] = {}; ///< the last bytes that it wrote to stdout and stderr, with a NUL

    [[nodiscard]] bool well() const { return how == How::exited && number == 0; }
};

/// Runs it to its end, and returns which end that was. Processes that it left behind continue, but
/// their output goes nowhere. It is killed if the calling thread ends. Allocates nothing: for a
/// process with threads, and for one without a C library.
Ending run(Program const& program);

/// A file with that content, for Program::input. Unlike a pipe it needs no reader to be written; no
/// process can change it.
Sys<Fd> make_input(std::span<std::span<char const> const> pieces);

} // namespace davit::safe
