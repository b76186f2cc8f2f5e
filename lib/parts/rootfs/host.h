// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/host.h - the root of a container without a mount namespace: a mount of ours.
//
// Runs in: parent. config-linux.md#namespaces: what isn't named is inherited. The mounts of such a
// container are the host's; all are below one, which covers the root's own path, and go with it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace davit::rootfs {

/// For the record: which mount, and where.
struct Cover {
    std::string path;      ///< the root's, absolute
    std::uint64_t mount{}; ///< its id; unique until reboot since Linux 6.8
    bool operator==(Cover const&) const = default;
};

/// Mounts a copy of the root, and of all below it, over itself. What is mounted there later nobody
/// else sees, if `propagation` (MS_SLAVE, MS_PRIVATE) says so; 0: private. `foresee` comes before
/// anything is mounted: whoever is killed from then on has said what is to be taken back.
Result<> cover(std::string const& path, std::uint64_t propagation,
               std::function<Result<>(Cover const&)> const& foresee);

/// Unmounts it, with all that was mounted below. Nothing happens where it is gone, or if we live in
/// another mount namespace; Kind::state if something else is mounted over it.
Result<> uncover(Cover const& cover);

} // namespace davit::rootfs
