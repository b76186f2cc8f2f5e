// SPDX-License-Identifier: Apache-2.0
// tools/foreground.h - `davit run` and `davit exec` while their process runs: signals, the
// terminal, the end.
#pragma once

#include <functional>

#include "davit/runtime.h"
#include "notify.h"
#include "stdio_pipes.h"

namespace davit::cli {

/// From now on signals wait to be read instead of being delivered, until davit ends: they are for
/// the container, and none may kill davit between two of its steps.
class SignalQueue {
  public:
    static Result<SignalQueue> open();
    [[nodiscard]] int fd() const { return fd_.number(); }

  private:
    explicit SignalQueue(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

/// A process of a container whose parent is davit.
struct Accompanied {
    int pid;
    PidFd const& process;
    Fd const& console; ///< its terminal's master side, after prepare_console(); or empty, and
    StdioPipes& pipes; ///< these are its stdio
    /// Set if the process was killed while it was still davit's init: its program was never
    /// executed. Known only of a process that was forked in the container's pid namespace.
    bool* never_executed = nullptr;
};

/// Starts the process. If the start then waits for something (a hook, say) that may depend on what
/// the process says, it calls `relay_now` at the process's first instruction.
using Starter = std::function<Result<>(std::function<void()> const& relay_now)>;

/// Passes signals, bytes and, if the process has a terminal, window sizes between the user and the
/// process until that exits; returns its status (wait_exit()). Passes on what the process has
/// written by then; processes that outlive it have no reader any more. Meanwhile `relay` does its
/// work, with davit as the process to watch. If the process doesn't run yet, `start` comes first;
/// its failure is returned.
[[nodiscard]] Result<int> accompany(Accompanied const& process, SignalQueue const& signals,
                                    NotifyRelay& relay, Starter const& start = {});

} // namespace davit::cli
