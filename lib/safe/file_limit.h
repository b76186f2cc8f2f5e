// SPDX-License-Identifier: Apache-2.0
// safe/file_limit.h - RLIMIT_NOFILE of the processes that davit starts. Runs in: parent.
#pragma once

#include "davit/file_limit.h"

namespace davit::safe {

/// Called in a child before execve(2): sets its limit to davit::file_limit(), if there is one. The
/// child may have more files open than that, but can't open another. One system call, or none.
void take_file_limit();

} // namespace davit::safe
