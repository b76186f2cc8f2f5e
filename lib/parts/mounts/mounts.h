// SPDX-License-Identifier: Apache-2.0
// parts/mounts/mounts.h - init's changes to the container's mount tree, one after the other.
//
// Runs in: both. config.md#mounts, mount_setattr(2).
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "davit/fd.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::mounts {

enum class Action : std::uint32_t {
    filesystem,     ///< a new file system of `type`
    old_filesystem, ///< the same, by mount(2): it has options that fsconfig(2) cannot say
    bind,           ///< a copy of the mount at the path `source`, the host's or in_root
    remount,        ///< other flags and options for the file system mounted there
    bind_remount,   ///< other flags for the mount that exists there
    link,           ///< no mount: a symbolic link to `source` (cgroup v1's "cpu" -> "cpu,cpuacct")
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

/// What a new tmpfs copies from the directory that it covers.
enum Take : std::uint8_t { take_mode = 1, take_owner = 2, take_content = 4 };

struct Mount {
    Action action = Action::filesystem;
    std::uint32_t item = 0;       ///< the index in config.json's mounts, for the story
    std::uint32_t idmap = 0;      ///< 0: none; n: the n-th of plan::Plan::mount_maps
    std::uint8_t idmap_below = 0; ///< also for all mounts below: ridmap
    std::uint8_t recursive = 0;   ///< a bind takes the mounts below its source along
    std::uint8_t no_symlink = 0;  ///< the destination must be a real path: proc and sysfs
    std::uint8_t from_parent = 0; ///< the parent makes it, init only attaches it: TakeTree
    std::uint8_t take = 0;        ///< of Take
    std::uint8_t in_root = 0;     ///< `source` is a path in the container's root
    std::uint16_t sealed = 0;     ///< made read-only after init has filled it: kept open until then
    std::uint32_t fd = 0;         ///< init's own note: the mount, if `sealed`
    plan::Text type;
    plan::Text source;
    plan::Text destination; ///< clean, absolute, below the container's root
    plan::List<Parameter> parameters;
    plan::Text data;         ///< `old_filesystem`, `remount`: the options as mount(2) reads them
    plan::Text label;        ///< of the root's inode, for SELinux
    std::uint64_t flags = 0; ///< `old_filesystem`, `remount`: MS_*
    Attributes here;         ///< of this mount alone
    Attributes below;        ///< of this mount and all below it: the r… options
    std::uint64_t propagation = 0;       ///< MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0
    std::uint64_t propagation_below = 0; ///< the same for the mount and all below it
};

/// init's part.
struct InitPlan {
    plan::List<Mount> mounts;
};

Sys<> mount_all(init::Init& init);
Sys<> seal_mounts(init::Init& init);

/// A file system by mount(2), detached.
Sys<TreeFd> old_filesystem(init::Init& init, Mount const& mount);

/// Gives a new tmpfs the mode, owner and content of its destination: `Take`.
Sys<> take_over(init::Init& init, Mount const& mount, TreeFd const& tree);

/// The tree of the parent's next TakeTree, or init's copy of its place.
Sys<TreeFd> take_tree(init::Init& init, bool recursive);

} // namespace davit::mounts
