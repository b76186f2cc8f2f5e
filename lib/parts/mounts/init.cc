// SPDX-License-Identifier: Apache-2.0
// parts/mounts/init.cc - building the container's mount tree. Runs in: init.
//
// init makes every mount detached, sets its attributes, and then attaches it to the fd of a place
// that Root found. No mount ever has wrong attributes, and no path is used twice.
// Kernel interface: fsopen(2), open_tree(2), mount_setattr(2), move_mount(2).
#include <linux/magic.h>
#include <unistd.h>

#include "base/try.h"
#include "init/init.h"
#include "parts/mounts/lockable.h"
#include "sys/filesystem.h"

namespace davit::mounts {

namespace {

using launch::Detail;

/// fsopen(2) keeps a log of its complaints: "e tmpfs: Unknown parameter 'x'".
void keep_log(init::Init& init, Fd const& context) {
    auto const n = sys::read(context.number(), init.words, sizeof init.words - 1);
    init.words[n ? *n : 0] = '\0';
}

Sys<TreeFd> new_filesystem(init::Init& init, Mount const& mount) {
    auto const view = init.view();
    init.doing(Detail::type);
    auto const context = TRY(sys::fsopen(view.text(mount.type)));
    if (init.pid_namespace && std::memcmp(view.text(mount.type), "proc", sizeof "proc") == 0)
        TRY(sys::fsconfig_set_fd(context.number(), "pidns", init.pid_namespace.number()));
    init.doing(Detail::parameter);
    init.part = 0;
    for (auto const& parameter : view.list(mount.parameters)) {
        auto const set = sys::fsconfig_set(context.number(), view.text(parameter.key),
                                           view.text(parameter.value));
        if (!set) {
            keep_log(init, context);
            return std::unexpected(set.error());
        }
        ++init.part;
    }
    init.doing(Detail::create);
    if (auto const created = sys::fsconfig_create(context.number()); !created) {
        keep_log(init, context);
        return std::unexpected(created.error());
    }
    return sys::fsmount(context.number(), static_cast<unsigned>(mount.here.set));
}

Sys<> change(int mount, Attributes const& wanted, unsigned flags) {
    if (wanted == Attributes{}) return {};
    mount_attr attr{};
    attr.attr_set = wanted.set;
    attr.attr_clr = wanted.clear;
    return sys::mount_setattr(mount, "", AT_EMPTY_PATH | flags, attr);
}

/// In a user namespace the flags of the host's mounts are locked (mount_namespaces(7)). Says which
/// of them the options would clear.
Sys<> change_unlocked(init::Init& init, int mount, Attributes const& wanted, unsigned flags) {
    auto const done = change(mount, wanted, flags);
    if (done || done.error() != Errno{EPERM}) return done;
    for (auto const& flag : lockable) {
        if ((wanted.clear & flag.bits) == 0) continue;
        if (change(mount, {wanted.set & flag.bits, flag.bits}, flags)) continue;
        init.doing(Detail::locked_flag);
        init.part = static_cast<std::uint16_t>(&flag - lockable);
        break;
    }
    return done;
}

/// As in mount(2)'s remount: the mount has exactly the named flags afterwards. Two stay: access
/// times that no option names, and, in a user namespace, locked flags that no option would clear.
Sys<> make_exact(init::Init& init, int mount, Attributes const& wanted) {
    constexpr std::uint64_t all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
                                  | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
    auto exact = wanted;
    exact.clear |= all & ~exact.set;
    if (exact.clear & MOUNT_ATTR__ATIME) exact.clear |= MOUNT_ATTR_NODIRATIME & ~exact.set;
    auto const changed = change(mount, exact, 0);
    if (changed || changed.error() != Errno{EPERM}) return changed;
    return change_unlocked(init, mount, wanted, 0);
}

Sys<> propagate(int mount, std::uint64_t propagation, unsigned flags) {
    if (!propagation) return {};
    mount_attr attr{};
    attr.propagation = propagation;
    return sys::mount_setattr(mount, "", AT_EMPTY_PATH | flags, attr);
}

/// No link of the image may choose what is copied: procfs is mounted by now, and not yet masked.
Sys<TreeFd> copy_in_root(init::Init& init, char const* source, unsigned flags) {
    auto const place = TRY(init.root.find_real(source));
    return sys::open_tree_clone(place.number(), "", AT_EMPTY_PATH | flags);
}

Sys<TreeFd> copy_of_source(init::Init& init, Mount const& mount) {
    init.doing(Detail::source);
    auto const* const source = init.view().text(mount.source);
    unsigned const flags = mount.recursive ? AT_RECURSIVE : 0;
    auto tree = TRY(mount.in_root ? copy_in_root(init, source, flags)
                                  : sys::open_tree_clone(sys::cwd, source, flags));
    // Among the host's mounts the copy would be a peer of its original: a mount in one appears in
    // both.
    auto const& root = init.plan().rootfs;
    auto const away = root.propagation ? root.propagation : std::uint64_t{MS_SLAVE};
    if (root.host_mounts) TRY(propagate(tree.number(), away, AT_RECURSIVE));
    return tree;
}

Sys<> set_label(init::Init& init, Mount const& mount, TreeFd const& tree) {
    init.doing(Detail::label);
    return sys::setxattr(safe::FdPath(tree.number()).text, "security.selinux",
                         init.view().text(mount.label), mount.label.size + 1);
}

/// ENOTDIR for both, as in other runtimes.
std::unexpected<Errno> unlike(init::Init& init, Detail which) {
    init.doing(which);
    return std::unexpected(Errno{ENOTDIR});
}

Sys<PathFd> directory_at(init::Init& init, Mount const& mount) {
    char const* const path = init.view().text(mount.destination);
    auto made = init::directory_for(init, path, init::judged(path));
    if (made || made.error() != Errno{ENOTDIR}) return made;
    auto const there = init.root.find(path); // else a file is on the way to it
    if (there) return unlike(init, Detail::directory_on_file);
    return made;
}

/// An extra look only after a failure; a success doesn't pay for it.
Sys<> attach_at(init::Init& init, TreeFd const& tree, PathFd const& target) {
    init.doing(Detail::attach);
    auto const done = sys::move_mount(tree, target.number());
    if (done || done.error() != Errno{EINVAL}) return done;
    if (S_ISDIR(TRY(sys::fstat(target.number())).st_mode)
        && !S_ISDIR(TRY(sys::fstat(tree.number())).st_mode))
        return unlike(init, Detail::file_on_directory);
    return done;
}

Sys<PathFd> target_of(init::Init& init, Mount const& mount, TreeFd const& tree) {
    init.doing(Detail::target);
    char const* const path = init.view().text(mount.destination);
    // A copied file needs a file to cover; the root of a new file system is always a directory.
    if (mount.action == Action::bind && !S_ISDIR(TRY(sys::fstat(tree.number())).st_mode))
        return init::file_for(init, path, init::judged(path));
    if (!mount.no_symlink) return directory_at(init, mount);
    auto real = init.root.find_real(path);
    if (real || real.error() != Errno{ENOENT}) return real;
    (void)TRY(init.root.make_directories(path));
    return init.root.find_real(path);
}

// procfs gives this number to its root only (linux/proc_ns.h).
constexpr auto proc_root_inode = 1;

/// A bind source for /proc must be procfs: programs, and init, rely on that.
Sys<> check_proc(init::Init& init, Mount const& mount, TreeFd const& tree) {
    constexpr char proc[] = "/proc";
    if (mount.action != Action::bind || mount.destination.size != sizeof proc - 1
        || std::memcmp(init.view().text(mount.destination), proc, sizeof proc) != 0)
        return {};
    init.doing(Detail::not_proc);
    if (TRY(sys::fstatfs(tree.number())).f_type != PROC_SUPER_MAGIC
        || TRY(sys::fstat(tree.number())).st_ino != proc_root_inode)
        return std::unexpected(Errno{EPERM});
    return {};
}

/// A mount that init still fills stays open: by the time it is sealed, its path may lead elsewhere.
void keep_open(init::Init& init, Mount const& mount, TreeFd tree) {
    auto const at = reinterpret_cast<std::byte const*>(&mount) - init.base; // init may write to it
    reinterpret_cast<Mount*>(init.base + at)->fd = static_cast<std::uint32_t>(tree.release());
}

Sys<> attach(init::Init& init, Mount const& mount, TreeFd tree) {
    TRY(check_proc(init, mount, tree));
    init.doing(Detail::attributes);
    if (mount.action == Action::bind && mount.here != Attributes{})
        TRY(make_exact(init, tree.number(), mount.here));
    if (mount.action == Action::old_filesystem) TRY(change(tree.number(), mount.here, 0));
    TRY(change_unlocked(init, tree.number(), mount.below, AT_RECURSIVE));
    if (mount.take) TRY(take_over(init, mount, tree));
    if (mount.label) TRY(set_label(init, mount, tree));
    auto const target = TRY(target_of(init, mount, tree));
    TRY(attach_at(init, tree, target));
    // All later mounts are in the one that covers the root.
    if (mount.destination.size == 1)
        init.root = safe::Root(TRY(sys::openat<PathFd>(tree.number(), ".", O_PATH | O_DIRECTORY)));
    init.doing(Detail::propagation);
    TRY(propagate(tree.number(), mount.propagation, 0));
    TRY(propagate(tree.number(), mount.propagation_below, AT_RECURSIVE));
    if (mount.sealed) keep_open(init, mount, std::move(tree));
    return {};
}

/// The place of a mount to change: finds it, never makes it.
Sys<PathFd> mounted_at(init::Init& init, Mount const& mount) {
    init.doing(Detail::target);
    char const* const path = init.view().text(mount.destination);
    auto target = TRY(init::found_for(init, path, init::judged(path)));
    init.doing(Detail::remount);
    return target;
}

Sys<> propagate_and_below(init::Init& init, Mount const& mount, PathFd const& target) {
    init.doing(Detail::attributes);
    TRY(change_unlocked(init, target.number(), mount.below, AT_RECURSIVE));
    init.doing(Detail::propagation);
    TRY(propagate(target.number(), mount.propagation, 0));
    return propagate(target.number(), mount.propagation_below, AT_RECURSIVE);
}

Sys<> bind_remount(init::Init& init, Mount const& mount) {
    auto const target = TRY(mounted_at(init, mount));
    TRY(make_exact(init, target.number(), mount.here));
    return propagate_and_below(init, mount, target);
}

Sys<> remount(init::Init& init, Mount const& mount) {
    auto const target = TRY(mounted_at(init, mount));
    auto const view = init.view();
    TRY(sys::mount("none", safe::FdPath(target.number()).text, nullptr, MS_REMOUNT | mount.flags,
                   view.text(mount.data)));
    return propagate_and_below(init, mount, target);
}

Sys<> make_link(init::Init& init, Mount const& mount) {
    init.doing(Detail::target);
    auto const place = TRY(init::place_for(init, init.view().text(mount.destination)));
    return sys::symlinkat(init.view().text(mount.source), place.directory.number(), place.name);
}

Sys<> carry_out(init::Init& init, Mount const& mount) {
    if (mount.from_parent) return attach(init, mount, TRY(take_tree(init, mount.recursive)));
    switch (mount.action) {
    case Action::filesystem: return attach(init, mount, TRY(new_filesystem(init, mount)));
    case Action::old_filesystem: return attach(init, mount, TRY(old_filesystem(init, mount)));
    case Action::bind: return attach(init, mount, TRY(copy_of_source(init, mount)));
    case Action::remount: return remount(init, mount);
    case Action::bind_remount: return bind_remount(init, mount);
    case Action::link: return make_link(init, mount);
    }
    return std::unexpected(Errno{EINVAL});
}

/// An extra look only after a failure: if the root may not be entered, the mount is not to blame.
Sys<> look_at_root(init::Init& init, Sys<> done) {
    bool const is_denied = !done && done.error() == Errno{EACCES};
    if (is_denied && !sys::faccessat2(init.root.number(), ".", X_OK, AT_EACCESS))
        init.doing(Detail::root_closed);
    return done;
}

} // namespace

Sys<TreeFd> take_tree(init::Init& init, bool recursive) {
    init.doing(Detail::source);
    Fd fd;
    auto const taken = TRY(init.parent.expect<launch::TakeTree>(&fd));
    if (!taken.is_place) return std::move(fd).as<TreeFd>();
    auto copy =
        sys::open_tree_clone(fd.number(), "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
    // A copy without the mounts below would show what they cover (mount_namespaces(7)).
    if (!copy && copy.error() == Errno{EINVAL}) init.doing(Detail::locked);
    return copy;
}

Sys<> mount_all(init::Init& init) {
    for (auto const& mount : init.view().list(init.plan().mounts.mounts)) {
        TRY(look_at_root(init, carry_out(init, mount)));
        ++init.item;
    }
    return {};
}

Sys<> seal_mounts(init::Init& init) {
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_RDONLY;
    for (auto const& mount : init.view().list(init.plan().mounts.mounts)) {
        if (!mount.sealed) continue;
        TreeFd const tree(static_cast<int>(mount.fd)); // closes it
        TRY(sys::mount_setattr(tree.number(), "", AT_EMPTY_PATH, attr));
        ++init.item;
    }
    return {};
}

} // namespace davit::mounts
