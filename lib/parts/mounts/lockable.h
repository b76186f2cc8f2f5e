// SPDX-License-Identifier: Apache-2.0
// parts/mounts/lockable.h - the flags that the kernel locks on the mounts that a user namespace
// gets from the host, and the options that would clear them. Runs in: both. mount_namespaces(7).
#pragma once

#include <linux/mount.h>

#include <cstdint>

namespace davit::mounts {

struct Lockable {
    std::uint64_t bits; ///< MOUNT_ATTR_*
    char const* flag;
    char const* option; ///< nullptr: several
};

/// Failed::part is an index into it.
inline constexpr Lockable lockable[] = {
    {MOUNT_ATTR_RDONLY, "\"ro\"", "rw"},
    {MOUNT_ATTR_NOSUID, "\"nosuid\"", "suid"},
    {MOUNT_ATTR_NODEV, "\"nodev\"", "dev"},
    {MOUNT_ATTR_NOEXEC, "\"noexec\"", "exec"},
    {MOUNT_ATTR__ATIME, "way to update access times", nullptr},
    {MOUNT_ATTR_NODIRATIME, "\"nodiratime\"", "diratime"},
};

} // namespace davit::mounts
