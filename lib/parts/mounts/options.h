// SPDX-License-Identifier: Apache-2.0
// parts/mounts/options.h - every mount option of the specification, in one table. Runs in: parent.
//
// config.md#linux-mount-options. A new option is a new row. Any other option goes to the file
// system.
#pragma once

#include <linux/mount.h>

#include <cstdint>
#include <string_view>

#include "base/table.h"

namespace davit::mounts {

enum class Effect {
    nothing,
    attribute,             ///< MOUNT_ATTR_* of this mount
    recursive_attribute,   ///< MOUNT_ATTR_* of this mount and all below
    superblock,            ///< MS_* of a new file system, for fsconfig(2) by the option's name
    old_superblock,        ///< the same, but only mount(2) can say it
    propagation,           ///< MS_* of this mount
    recursive_propagation, ///< MS_* of this mount and all below
    bind,
    recursive_bind,
    idmap,           ///< of this mount
    recursive_idmap, ///< of this mount and all below
    remount,
    copy_up, ///< a tmpfs begins with a copy of what its destination held
};

struct Option {
    std::string_view name;
    Effect effect = Effect::nothing;
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
};

// The four modes of access times exclude each other: each clears the whole field.
inline constexpr auto options = table<Option>({
    {"async", Effect::superblock, 0, MS_SYNCHRONOUS},
    {"atime", Effect::attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"bind", Effect::bind},
    {"defaults", Effect::nothing},
    {"dev", Effect::attribute, 0, MOUNT_ATTR_NODEV},
    {"diratime", Effect::attribute, 0, MOUNT_ATTR_NODIRATIME},
    {"dirsync", Effect::superblock, MS_DIRSYNC, 0},
    {"exec", Effect::attribute, 0, MOUNT_ATTR_NOEXEC},
    {"idmap", Effect::idmap},
    {"iversion", Effect::old_superblock, MS_I_VERSION, 0},
    {"lazytime", Effect::superblock, MS_LAZYTIME, 0},
    {"loud", Effect::old_superblock, 0, MS_SILENT},
    {"mand", Effect::superblock, MS_MANDLOCK, 0},
    {"noatime", Effect::attribute, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"nodev", Effect::attribute, MOUNT_ATTR_NODEV, 0},
    {"nodiratime", Effect::attribute, MOUNT_ATTR_NODIRATIME, 0},
    {"noexec", Effect::attribute, MOUNT_ATTR_NOEXEC, 0},
    {"noiversion", Effect::old_superblock, 0, MS_I_VERSION},
    {"nolazytime", Effect::superblock, 0, MS_LAZYTIME},
    {"nomand", Effect::superblock, 0, MS_MANDLOCK},
    {"norelatime", Effect::attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"nostrictatime", Effect::attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"nosuid", Effect::attribute, MOUNT_ATTR_NOSUID, 0},
    {"nosymfollow", Effect::attribute, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"private", Effect::propagation, MS_PRIVATE},
    {"ratime", Effect::recursive_attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rbind", Effect::recursive_bind},
    {"rdev", Effect::recursive_attribute, 0, MOUNT_ATTR_NODEV},
    {"rdiratime", Effect::recursive_attribute, 0, MOUNT_ATTR_NODIRATIME},
    {"relatime", Effect::attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"remount", Effect::remount},
    {"rexec", Effect::recursive_attribute, 0, MOUNT_ATTR_NOEXEC},
    {"ridmap", Effect::recursive_idmap},
    {"rnoatime", Effect::recursive_attribute, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"rnodev", Effect::recursive_attribute, MOUNT_ATTR_NODEV, 0},
    {"rnodiratime", Effect::recursive_attribute, MOUNT_ATTR_NODIRATIME, 0},
    {"rnoexec", Effect::recursive_attribute, MOUNT_ATTR_NOEXEC, 0},
    {"rnorelatime", Effect::recursive_attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rnostrictatime", Effect::recursive_attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rnosuid", Effect::recursive_attribute, MOUNT_ATTR_NOSUID, 0},
    {"rnosymfollow", Effect::recursive_attribute, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"ro", Effect::attribute, MOUNT_ATTR_RDONLY, 0},
    {"rprivate", Effect::recursive_propagation, MS_PRIVATE},
    {"rrelatime", Effect::recursive_attribute, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rro", Effect::recursive_attribute, MOUNT_ATTR_RDONLY, 0},
    {"rrw", Effect::recursive_attribute, 0, MOUNT_ATTR_RDONLY},
    {"rshared", Effect::recursive_propagation, MS_SHARED},
    {"rslave", Effect::recursive_propagation, MS_SLAVE},
    {"rstrictatime", Effect::recursive_attribute, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rsuid", Effect::recursive_attribute, 0, MOUNT_ATTR_NOSUID},
    {"rsymfollow", Effect::recursive_attribute, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"runbindable", Effect::recursive_propagation, MS_UNBINDABLE},
    {"rw", Effect::attribute, 0, MOUNT_ATTR_RDONLY},
    {"shared", Effect::propagation, MS_SHARED},
    {"silent", Effect::old_superblock, MS_SILENT, 0},
    {"slave", Effect::propagation, MS_SLAVE},
    {"strictatime", Effect::attribute, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"suid", Effect::attribute, 0, MOUNT_ATTR_NOSUID},
    {"symfollow", Effect::attribute, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"sync", Effect::superblock, MS_SYNCHRONOUS, 0},
    {"tmpcopyup", Effect::copy_up},
    {"unbindable", Effect::propagation, MS_UNBINDABLE},
});

} // namespace davit::mounts
