// SPDX-License-Identifier: Apache-2.0
// parts/mounts/mounts.h - what init does to the container's mount tree, one action after the other.
//
// Runs in: both. config.md#mounts, mount_setattr(2).
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::mounts {

enum class Action : std::uint32_t {
    filesystem, ///< a new file system of `type`
    bind,       ///< a copy of the mount at the host's path `source`
    link,       ///< no mount: a symbolic link to `source` (cgroup v1's "cpu" -> "cpu,cpuacct")
};

/// A parameter of the file system: "key", or "key=value".
struct Parameter {
    plan::Text key;
    plan::Text value;
};

/// MOUNT_ATTR_* to set and to clear.
struct Attributes {
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    friend bool operator==(Attributes const&, Attributes const&) = default;
};

struct Mount {
    Action action = Action::filesystem;
    std::uint32_t item = 0;       ///< the index in config.json's mounts, for the story
    std::uint32_t idmap = 0;      ///< 0: none; n: the n-th of plan::Plan::mount_maps
    std::uint8_t idmap_below = 0; ///< also for all mounts below: ridmap
    std::uint8_t recursive = 0;   ///< a bind takes the mounts below its source along
    std::uint8_t no_symlink = 0;  ///< the destination must be a real path: proc and sysfs
    std::uint8_t from_parent = 0; ///< the parent makes it, init only has to attach it: TakeTree
    plan::Text type;
    plan::Text source;
    plan::Text destination; ///< clean, absolute, below the container's root
    plan::List<Parameter> parameters;
    Attributes here;                     ///< of this mount alone
    Attributes below;                    ///< of this mount and all below it: the r… options
    std::uint64_t propagation = 0;       ///< MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0
    std::uint64_t propagation_below = 0; ///< the same for the mount and all below it
};

/// init's part.
struct Inside {
    plan::List<Mount> mounts;
};

Sys<> mount_all(init::Init& init);

} // namespace davit::mounts
