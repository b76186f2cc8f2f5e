// SPDX-License-Identifier: Apache-2.0
// safe/remove.h - removing a directory that others fill. Runs in: parent.
#pragma once

#include "base/errno.h"
#include "sys/deadline.h"

namespace davit::safe {

/// Removes what has that name in the directory `parent`, with all that is in it: links aren't
/// followed, mounts aren't entered. `name` has no "/". Nothing there is good, too. ENOTEMPTY if
/// somebody fills it faster than we remove until then; at most three fds, however deep it is.
Sys<> remove_tree(int parent, char const* name, sys::Deadline const& until);

} // namespace davit::safe
