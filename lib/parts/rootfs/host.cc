// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/host.cc - a mount over the root's own path, made and taken back. Runs in: parent.
// Kernel interface: open_tree(2), move_mount(2), statx(2), statmount(2).
#include "parts/rootfs/host.h"

#include "base/undo.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace davit::rootfs {

namespace {

Result<PathFd> open_root(std::string const& path) {
    return context(sys::openat<PathFd>(sys::cwd, path.c_str(), O_PATH | O_DIRECTORY),
                   "open the root ", quoted(path));
}

} // namespace

Result<> cover(std::string const& path, std::uint64_t propagation,
               std::function<Result<>(Cover const&)> const& foresee) {
    auto const what = text("mount the root ", quoted(path), " over itself");
    auto const at = TRY(open_root(path));
    auto const tree =
        TRY(context(sys::open_tree_clone(at.number(), "", AT_EMPTY_PATH | AT_RECURSIVE), what));
    Cover const cover{path, TRY(context(sys::unique_mount_id(tree.number()), what))};
    TRY(foresee(cover));
    TRY(context(sys::move_mount(tree, at.number()), what));
    Undo undo;
    undo.add([&] { (void)sys::umount_lazily(safe::FdPath(tree.number()).text); });
    // Only now: below a shared mount the kernel has made ours a shared one as well.
    mount_attr attr{};
    attr.propagation = propagation ? propagation : MS_PRIVATE;
    TRY(context(sys::mount_setattr(tree.number(), "", AT_EMPTY_PATH | AT_RECURSIVE, attr), what,
                ": cut it off the host's mounts"));
    // What is mounted over "/" no path leads to: uncover() would never find it.
    auto const seen = TRY(open_root(path));
    if (TRY(context(sys::unique_mount_id(seen.number()), what)) != cover.mount)
        return fail(Kind::unsupported, what, ": it has to have a path, since the container has no ",
                    "mount namespace");
    undo.commit();
    return {};
}

Result<> uncover(Cover const& cover) {
    auto const at = open_root(cover.path);
    if (!at && at.error().errnum == ENOENT) return {}; // nothing can be mounted there
    if (!at) return std::unexpected(at.error());
    auto const found =
        TRY(context(sys::unique_mount_id(at->number()), "look at ", quoted(cover.path)));
    if (found == cover.mount)
        return context(sys::umount_lazily(safe::FdPath(at->number()).text), "unmount ",
                       quoted(cover.path));
    if (sys::mount_exists(cover.mount))
        return fail(Kind::state, "something is mounted over the container's root ",
                    quoted(cover.path), ": unmount that first");
    return {};
}

} // namespace davit::rootfs
