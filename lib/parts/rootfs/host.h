// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/host.h - the root of a container without a mount namespace: a mount of davit's.
//
// Runs in: parent. config-linux.md#namespaces: a namespace that isn't named is inherited. Such a
// container mounts in the host's namespace. All its mounts are below one that covers the root's own
// path; unmounting that one removes them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace davit::rootfs {

/// For the record: the mount, and its path.
struct Cover {
    std::string path;      ///< the root's, absolute
    std::uint64_t mount{}; ///< its id; unique until reboot since Linux 6.8
    bool operator==(Cover const&) const = default;
};

/// Mounts a copy of the root, and of all below it, over itself. Later mounts there don't propagate
/// out if `propagation` (MS_SLAVE, MS_PRIVATE) says so; 0: private. Calls `foresee` before it
/// mounts: if davit is killed after that, the record names what to undo.
Result<> cover(std::string const& path, std::uint64_t propagation,
               std::function<Result<>(Cover const&)> const& foresee);

/// Unmounts it, with all mounts below. Does nothing if it isn't mounted, or if the caller lives in
/// another mount namespace; Kind::state if something else is mounted over it.
Result<> uncover(Cover const& cover);

} // namespace davit::rootfs
