// SPDX-License-Identifier: Apache-2.0
// davit/mounts.h - file systems for a bundle: what containerd's snapshotters describe as mounts.
#pragma once

#include <string>
#include <vector>

#include "davit/result.h"
#include "davit/spec.h"

namespace davit {

/// Mounts all of them in this order, each at its `destination` below `directory` (empty or "/": at
/// it), where a hostile image can't lead out of it. An overlay may have more layers than a page
/// has room for, and these idmapped (options "uidmap=" and "gidmap=", as containerd has them for
/// pods with a user namespace). Types, options and kinds are config.json's; nothing is labelled or
/// copied. On failure nothing is left. Thread-safe, like unmount_all().
[[nodiscard]] Result<> mount_all(std::string const& directory,
                                 std::vector<spec::Mount> const& mounts);

/// Unmounts all that is mounted at `directory`, and below that, if there is any. What somebody
/// still uses is detached, and goes with its last user.
[[nodiscard]] Result<> unmount_all(std::string const& directory);

} // namespace davit
