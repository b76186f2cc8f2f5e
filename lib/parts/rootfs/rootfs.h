// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/rootfs.h - the container's root: entered, closed behind us, masked, made read-only.
//
// Runs in: both. config.md#root, config-linux.md#rootfs-mount-propagation, #masked-paths.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::rootfs {

/// init's part.
struct InitPlan {
    plan::Text path;               ///< on the host, absolute
    std::uint64_t propagation = 0; ///< MS_SLAVE, MS_PRIVATE: what the host's mounts become for us;
                                   ///< 0: they stay as they are, but for the root's tree
    std::uint64_t own = 0; ///< MS_SHARED, MS_UNBINDABLE, MS_REC: what "/" becomes at the end
    std::uint32_t readonly = 0;
    std::uint32_t no_pivot = 0;
    std::uint16_t from_parent = 0; ///< its place comes with a TakeTree: path may be out of reach
    /// 1: what is bound may hold the root's own path: the copy has what the host has there.
    std::uint16_t screened = 0;
    /// 1: no mount namespace at all: the host's mounts stay as they are, a chroot is what there is.
    std::uint16_t host_mounts = 0;
    std::uint16_t covered = 0;        ///< 1: by a mount of the parent's, below which all others are
    plan::List<plan::Text> masked;    ///< what isn't there needs no mask
    plan::List<plan::Text> read_only; ///< likewise
    plan::List<plan::Text> sealed;    ///< tmpfs and /dev asked for with "ro": filled first
};

Sys<> open_root(init::Init& init);
Sys<> protect_paths(init::Init& init);
Sys<> mask_paths(init::Init& init);
Sys<> seal_root(init::Init& init);
Sys<> enter_root(init::Init& init);
/// For exec, whose mount namespace is the container's by now.
Sys<> join_root(init::Init& init);

} // namespace davit::rootfs
