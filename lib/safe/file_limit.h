// SPDX-License-Identifier: Apache-2.0
// safe/file_limit.h - RLIMIT_NOFILE of what is started from here. Runs in: parent.
#pragma once

#include "davit/file_limit.h"

namespace davit::safe {

/// In a child, before it executes: davit::file_limit(), if there is one, is its own. It may have
/// more files open than that, but can't open another. One system call, or none.
void take_file_limit();

} // namespace davit::safe
