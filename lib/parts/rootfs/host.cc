// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/host.cc - makes and removes a mount over the root's own path. Runs in: parent.
// Kernel interface: open_tree(2), move_mount(2), statx(2), statmount(2).
#include "parts/rootfs/host.h"

#include <limits.h>

#include <algorithm>

#include "base/undo.h"
#include "parts/cgroup/files.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace davit::rootfs {

namespace {

Result<PathFd> open_root(std::string const& path) {
    return context(sys::openat<PathFd>(sys::cwd, path.c_str(), O_PATH | O_DIRECTORY),
                   "open the root ", quoted(path));
}

/// The path as mountinfo writes it.
std::string escaped(std::string_view path) {
    std::string out;
    for (char const c : path)
        out += c == ' '    ? "\\040"
               : c == '\t' ? "\\011"
               : c == '\n' ? "\\012"
               : c == '\\' ? "\\134"
                           : std::string(1, c);
    return out;
}

/// Whether the mount exists below `at`, the visible mount of its place. Before Linux 6.8 another
/// mount may have got its id by now, but hardly at the same place.
Result<bool> is_covered(Cover const& cover, PathFd const& at) {
    auto const found = sys::find_mount(cover.mount);
    if (found || found.error() != Errno{ENOSYS}) return found.has_value();
    char place[PATH_MAX];
    auto const size =
        TRY(context(sys::readlinkat(sys::cwd, safe::FdPath(at.number()).text, place, sizeof place),
                    "look up where the root ", quoted(cover.path), " is"));
    constexpr auto file = "/proc/self/mountinfo";
    auto const table = TRY(context(cgroup::get(sys::cwd, file), "read ", quoted(file)));
    auto const id = text(cover.mount), point = escaped({place, size});
    return std::ranges::any_of(split(table, '\n'), [&](auto line) {
        auto const words = split(line, ' ');
        return words.size() > 4 && words[0] == id && words[4] == point;
    });
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
    // Only now: below a shared mount the kernel has made the new one shared, too.
    mount_attr attr{};
    attr.propagation = propagation ? propagation : MS_PRIVATE;
    TRY(context(sys::mount_setattr(tree.number(), "", AT_EMPTY_PATH | AT_RECURSIVE, attr), what,
                ": cut it off the host's mounts"));
    // No path leads to a mount over "/": uncover() would never find it.
    auto const seen = TRY(open_root(path));
    if (TRY(context(sys::unique_mount_id(seen.number()), what)) != cover.mount)
        return fail(Kind::unsupported, what, ": it has to have a path, since the container has no ",
                    "mount namespace");
    undo.commit();
    return {};
}

Result<> uncover(Cover const& cover) {
    auto const at = open_root(cover.path);
    if (!at && at.error().errnum == ENOENT) return {}; // so nothing can be mounted there
    if (!at) return std::unexpected(at.error());
    auto const found =
        TRY(context(sys::unique_mount_id(at->number()), "look at ", quoted(cover.path)));
    if (found == cover.mount)
        return context(sys::umount_lazily(safe::FdPath(at->number()).text), "unmount ",
                       quoted(cover.path));
    if (TRY(is_covered(cover, *at)))
        return fail(Kind::state, "something is mounted over the container's root ",
                    quoted(cover.path), ": unmount that first");
    return {};
}

} // namespace davit::rootfs
