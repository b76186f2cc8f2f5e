// SPDX-License-Identifier: Apache-2.0
// tools/child_end.h - reaps children that have ended.
#pragma once

#include <functional>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Reaps the container's orphans, which come to us, its subreaper; leaves the child `but` to its
/// waiter.
void reap_orphans(int but);

/// Whether the process has ended, perhaps reaped by another; waits so long for that.
bool has_ended(PidFd const& process, int patience_ms = 0);

/// Whether a child that has exited, and isn't reaped, was killed before its first execve(2).
bool died_before_execve(PidFd const& process, int pid);

/// The status of a child that has exited, as wait_exit() gives it, but without waiting for ever: a
/// tracer is told of the child's end before us, and may never take note of it. Waits 10 s at most,
/// or until `give_up` returns true.
Result<int> take_status(PidFd const& process, std::function<bool()> const& give_up);

/// Reaps a child that was killed; gives up if something keeps it, such as a tracer.
void reap_killed(PidFd const& process);

} // namespace davit::cli
