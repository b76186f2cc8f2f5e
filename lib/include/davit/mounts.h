// SPDX-License-Identifier: Apache-2.0
// davit/mounts.h - file systems for a bundle: what containerd's snapshotters describe as mounts.
#pragma once

#include <string>
#include <vector>

#include "davit/result.h"
#include "davit/spec.h"

namespace davit {

/// Mounts all of them in this order, each at its `destination` below `directory` (empty or "/": at
/// it). A hostile image can't lead a mount out of `directory`. An overlay may have more layers than
/// fit into a page, and idmapped layers (options "uidmap=" and "gidmap=": containerd uses them for
/// pods with a user namespace). Types, options and kinds are those of config.json; nothing is
/// labelled or copied. A failure leaves no mount behind. Thread-safe, like unmount_all().
[[nodiscard]] Result<> mount_all(std::string const& directory,
                                 std::vector<spec::Mount> const& mounts);

/// Unmounts all mounts at and below `directory`, if there are any. A mount in use is detached; the
/// kernel frees it when its last user ends.
[[nodiscard]] Result<> unmount_all(std::string const& directory);

} // namespace davit
