// SPDX-License-Identifier: Apache-2.0
// tools/stdio_pipes.h - the stdio of a process in the foreground that has no terminal.
#pragma once

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Pipes between a process of a container and davit, which relays them to its own stdio. So the
/// container has none of the caller's files: it could truncate a log that was opened for appending,
/// or put words into the input of a shell's terminal.
struct StdioPipes {
    Fd input;     ///< ours: what the process reads
    Fd output;    ///< ours: what it writes
    Fd error;     ///< ours; empty if stdout and stderr are one file, and so one pipe
    Fd its_input; ///< the process's ends, to be closed once it has them
    Fd its_output;
    Fd its_error;

    Result<> open();
    /// Puts the process's ends into `stdio`.
    void give(int (&stdio)[3]) const;
    /// Closes the process's ends: to be called when the process has them.
    void keep_ours();
};

} // namespace davit::cli
