// SPDX-License-Identifier: Apache-2.0
// tools/foreground.h - `davit run` and `davit exec` while their process runs: signals, the
// terminal, the end.
#pragma once

#include <functional>

#include "davit/runtime.h"
#include "notify.h"
#include "stdio_pipes.h"

namespace davit::cli {

/// From now on signals wait to be read instead of being delivered, until the process ends: they
/// are the container's, and between two of our steps none may kill us.
class SignalQueue {
  public:
    static Result<SignalQueue> open();
    [[nodiscard]] int fd() const { return fd_.number(); }

  private:
    explicit SignalQueue(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

/// A process of a container that we are the parent of.
struct Accompanied {
    int pid;
    PidFd const& process;
    Fd const& console; ///< its terminal's master side, after prepare_console(); or empty, and
    StdioPipes& pipes; ///< these are its stdio
    /// Set if it was killed while it was davit's init still: its program was never executed. Known
    /// of one that was forked in the container's pid namespace.
    bool* never_executed = nullptr;
};

/// Starts the process. If there is more to wait for when it runs, something that may depend on what
/// it says, `relay_now` is to be called at its first instruction.
using Starter = std::function<Result<>(std::function<void()> const& relay_now)>;

/// Passes signals, bytes and, if the process has a terminal, window sizes between the user and the
/// process until that exits; returns its status (wait_exit()). What it has written by then is
/// passed on; processes that outlive it have no reader any more. Meanwhile `relay` does its work,
/// with us as the process to watch. `start` comes first, where the process doesn't run yet; it
/// fails with that.
[[nodiscard]] Result<int> accompany(Accompanied const& process, SignalQueue const& signals,
                                    NotifyRelay& relay, Starter const& start = {});

} // namespace davit::cli
