// SPDX-License-Identifier: Apache-2.0
// tools/child_end.h - children that have ended.
#pragma once

#include <functional>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Orphans of the container come to us, its subreaper; `but` is the child that somebody waits for.
void reap_orphans(int but);

/// Whether a child that has exited, and isn't reaped, was killed before its first execve(2).
bool died_before_execve(PidFd const& process, int pid);

/// The status of a child that has exited, as wait_exit() gives it, but without waiting for ever:
/// who traces the child is told of its end before us, and may never take note of it. Until 10 s
/// have passed, or `give_up` says so.
Result<int> take_status(PidFd const& process, std::function<bool()> const& give_up);

/// Reaps a child that was killed, unless something keeps it.
void reap_killed(PidFd const& process);

} // namespace davit::cli
