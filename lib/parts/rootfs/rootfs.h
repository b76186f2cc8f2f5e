// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/rootfs.h - the container's root: entered, closed, masked, made read-only.
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
    std::uint64_t propagation = 0; ///< MS_SLAVE, MS_PRIVATE: what the host's mounts become;
                                   ///< 0: they stay as they are, but for the root's tree
    std::uint64_t own = 0; ///< MS_SHARED, MS_UNBINDABLE, MS_REC: what "/" becomes at the end
    std::uint32_t readonly = 0;
    std::uint32_t no_pivot = 0;
    std::uint16_t from_parent = 0; ///< 1: TakeTree brings its place: init may not reach path
    /// 1: a bind source may hold the root's own path: the copy shows what the host has there.
    std::uint16_t screened = 0;
    /// 1: no mount namespace: the host's mounts stay as they are, init only uses chroot.
    std::uint16_t host_mounts = 0;
    std::uint16_t covered = 0; ///< 1: a mount of the parent covers it; all others are below that
    plan::List<plan::Text> masked;    ///< a missing path needs no mask
    plan::List<plan::Text> read_only; ///< likewise
    plan::List<plan::Text> sealed; ///< tmpfs and /dev with the option "ro": init fills them first
};

Sys<> open_root(init::Init& init);
Sys<> protect_paths(init::Init& init);
Sys<> mask_paths(init::Init& init);
Sys<> seal_root(init::Init& init);
Sys<> enter_root(init::Init& init);
/// For exec; its process is in the container's mount namespace by now.
Sys<> join_root(init::Init& init);

} // namespace davit::rootfs
