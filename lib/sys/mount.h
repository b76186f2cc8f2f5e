// SPDX-License-Identifier: Apache-2.0
// sys/mount.h - the mount API by file descriptor: one function per system call. Runs in: both.
// Kernel interface: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2),
// mount_setattr(2).
#pragma once

#include <fcntl.h>
#include <linux/mount.h>

#include <cstdint>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

inline Sys<Fd> fsopen(char const* type) {
    return raw::opened<Fd>(SYS_fsopen, type, FSOPEN_CLOEXEC);
}
/// A parameter "key" if `value` is null, else "key=value".
inline Sys<> fsconfig_set(int context, char const* key, char const* value) {
    return raw::done(SYS_fsconfig, context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key,
                     value, 0);
}
inline Sys<> fsconfig_set_fd(int context, char const* key, int fd) {
    return raw::done(SYS_fsconfig, context, FSCONFIG_SET_FD, key, nullptr, fd);
}
inline Sys<> fsconfig_create(int context) {
    return raw::done(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
}
/// `attributes` is a set of MOUNT_ATTR_*.
inline Sys<TreeFd> fsmount(int context, unsigned attributes) {
    return raw::opened<TreeFd>(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
}
/// A detached copy of the mount at `path` (or, with AT_EMPTY_PATH in `flags`, at `dir`).
inline Sys<TreeFd> open_tree_clone(int dir, char const* path, unsigned flags) {
    return raw::opened<TreeFd>(SYS_open_tree, dir, path,
                               flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}
/// Attaches a detached tree at the place of `target`.
inline Sys<> move_mount(TreeFd const& tree, int target) {
    return raw::done(SYS_move_mount, tree.number(), "", target, "",
                     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}
inline Sys<> move_mount(TreeFd const& tree, char const* path) {
    return raw::done(SYS_move_mount, tree.number(), "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}
/// `path` "" with AT_EMPTY_PATH in `flags` means the mount that `dir` refers to.
inline Sys<> mount_setattr(int dir, char const* path, unsigned flags, mount_attr const& attr) {
    return raw::done(SYS_mount_setattr, dir, path, flags, &attr, sizeof attr);
}
/// mount(2), for what the calls above can't express; `flags` is a set of MS_*.
inline Sys<> mount(char const* source, char const* target, char const* type, std::uint64_t flags,
                   char const* data) {
    return raw::done(SYS_mount, source, target, type, flags, data);
}
/// Detaches the mount at `path` and all below it now; the kernel frees them after their last use.
inline Sys<> umount_lazily(char const* path) {
    constexpr int mnt_detach =
        2; // <sys/mount.h>, which has the name, can't stand beside <linux/mount.h>
    return raw::done(SYS_umount2, path, mnt_detach);
}
/// Unmounts the topmost mount at `path`; doesn't follow a link at its end. EBUSY if it is in use,
/// unless `lazily`.
inline Sys<> umount(char const* path, bool lazily) {
    constexpr int mnt_detach = 2, umount_nofollow = 8; // <sys/mount.h>, as above
    return raw::done(SYS_umount2, path, umount_nofollow | (lazily ? mnt_detach : 0));
}
/// Success if a mount of the caller's namespace has that unique id, ENOENT if none has. ENOSYS
/// before Linux 6.8.
inline Sys<> find_mount(std::uint64_t unique_id) {
    constexpr long statmount = 457; // the same number on every architecture
    struct {
        std::uint32_t size, spare;
        std::uint64_t mount, wanted;
    } const request{24, 0, unique_id, 0};
    char found[512];
    return raw::done(statmount, &request, found, sizeof found, 0);
}
inline Sys<> pivot_root(char const* new_root, char const* put_old) {
    return raw::done(SYS_pivot_root, new_root, put_old);
}

} // namespace davit::sys
