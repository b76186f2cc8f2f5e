// SPDX-License-Identifier: Apache-2.0
// safe/remove.h - removing a directory that other processes fill. Runs in: parent.
#pragma once

#include "base/errno.h"
#include "sys/deadline.h"

namespace davit::safe {

/// Removes `name` in the directory `parent`, with all that is in it; follows no link, enters no
/// mount. `name` has no "/". A missing one is success. ENOTEMPTY if another process fills it faster
/// than it is emptied until `until`. Uses at most three fds, however deep it is.
Sys<> remove_tree(int parent, char const* name, sys::Deadline const& until);

} // namespace davit::safe
