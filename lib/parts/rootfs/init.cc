// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/init.cc - the container's root, from its first open to "/". Runs in: init.
//
// What init mounts over a path comes from a verified fd: the host's /dev/null, checked by its
// device number, or one empty read-only tmpfs for all directories (the kernel keeps each superblock
// for ever).
// Kernel interface: open_tree(2), move_mount(2), mount_setattr(2), pivot_root(2).
#include <limits.h>
#include <linux/magic.h>

#include "base/device_number.h"
#include "base/try.h"
#include "init/init.h"
#include "sys/filesystem.h"

namespace davit::rootfs {

namespace {

using launch::Detail;

Sys<> make_readonly(int mount, unsigned flags) {
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_RDONLY;
    return sys::mount_setattr(mount, "", AT_EMPTY_PATH | flags, attr);
}

Sys<TreeFd> empty_directory(init::Init& init) {
    init.doing(Detail::create);
    auto const context = TRY(sys::fsopen("tmpfs"));
    TRY(sys::fsconfig_set(context.number(), "source", "mask"));
    TRY(sys::fsconfig_set(context.number(), "nr_inodes", "1"));
    TRY(sys::fsconfig_create(context.number()));
    return sys::fsmount(context.number(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
                                              | MOUNT_ATTR_NOEXEC);
}

Sys<TreeFd> copy_of(int mount) { return sys::open_tree_clone(mount, "", AT_EMPTY_PATH); }

/// Without pivot_root the host's mounts stay below the container's. A chroot doesn't keep a
/// privileged process from them. So init unmounts at least those that show the host's kernel. Each
/// line of mountinfo is "id parent dev root MOUNTPOINT options [tags] - TYPE source superoptions".
class Mountinfo {
  public:
    explicit Mountinfo(Fd file) : file_(std::move(file)) {}

    void rewind() { offset_ = at_ = filled_ = 0; }

    /// The next mount point whose type is proc or sysfs; empty at the end.
    Sys<char const*> next_kernel_mount() {
        for (;;) {
            std::size_t length = 0;
            bool more = false;
            for (char c; (more = TRY(get(c))) && c != '\n';)
                if (length < sizeof line_ - 1) line_[length++] = c;
            if (!more) return "";
            line_[length] = '\0';
            char* point = line_;
            for (int field = 0; field < 4 && *point; ++point) field += *point == ' ';
            char* type = point;
            while (*type && !(type[0] == ' ' && type[1] == '-' && type[2] == ' ')) ++type;
            if (!*type) continue;
            type += 3;
            if (std::memcmp(type, "proc ", 5) != 0 && std::memcmp(type, "sysfs ", 6) != 0) continue;
            unescape(point);
            return point;
        }
    }

  private:
    Sys<bool> get(char& c) {
        if (at_ == filled_) {
            at_ = 0;
            filled_ = TRY(
                sys::pread(file_.number(), buffer_, sizeof buffer_, static_cast<long>(offset_)));
            offset_ += filled_;
            if (filled_ == 0) return false;
        }
        c = buffer_[at_++];
        return true;
    }
    /// Ends the field; decodes space, tab, newline and backslash ("\040" and the like).
    static void unescape(char* from) {
        char* to = from;
        for (; *from && *from != ' '; ++to) {
            bool const escaped = from[0] == '\\' && from[1] && from[2] && from[3];
            *to =
                escaped
                    ? static_cast<char>((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0')
                    : *from;
            from += escaped ? 4 : 1;
        }
        *to = '\0';
    }

    Fd file_;
    std::size_t offset_ = 0, at_ = 0, filled_ = 0;
    char buffer_[2048];
    char line_[2 * PATH_MAX];
};

/// The table also lists the container's mounts under such paths, but paths lead only to the host's.
Sys<bool> hide(char const* path) {
    auto const at = sys::openat(sys::cwd, path, O_PATH | O_NOFOLLOW);
    if (!at) return false;
    auto const type = TRY(sys::fstatfs(at->number())).f_type;
    return (type == PROC_SUPER_MAGIC || type == SYSFS_MAGIC) && sys::umount_lazily(path);
}

Sys<> hide_host_kernel() {
    Mountinfo table(TRY(sys::openat(sys::cwd, "/proc/self/mountinfo", O_RDONLY)));
    // Unmounting changes the table during the read, and uncovers the mounts below: begins anew
    // until none is left. A mount that can't be unmounted can't be seen: another one covers its
    // path.
    for (int rounds = 0; rounds < 64; ++rounds) {
        bool any = false;
        table.rewind();
        for (;;) {
            char const* const point = TRY(table.next_kernel_mount());
            if (!*point) break;
            any |= TRY(hide(point));
        }
        if (!any) return {};
    }
    return std::unexpected(Errno{EBUSY});
}

Sys<> propagate(int mount, std::uint64_t propagation, unsigned flags) {
    mount_attr attr{};
    attr.propagation = propagation;
    return sys::mount_setattr(mount, "", AT_EMPTY_PATH | flags, attr);
}

/// Makes the mount that holds `place` private: if it is a peer, a mount attached there would also
/// appear on the host.
Sys<> make_holder_private(PathFd const& place) {
    PathFd above;
    for (int at = place.number(), levels = 0; levels < PATH_MAX / 2; ++levels) {
        auto const done = propagate(at, MS_PRIVATE, 0);
        if (done || done.error() != Errno{EINVAL}) return done; // EINVAL: not the mount's root yet
        above = TRY(sys::openat<PathFd>(at, "..", O_PATH | O_DIRECTORY));
        at = above.number();
    }
    return std::unexpected(Errno{ELOOP});
}

Sys<> pivot(init::Init& init) {
    bool const has_peers = !init.plan().rootfs.propagation;
    PathFd old;
    if (has_peers) old = TRY(sys::openat<PathFd>(sys::cwd, "/", O_PATH | O_DIRECTORY));
    TRY(sys::fchdir(init.root.number()));
    // The kernel puts the old root on top of the new one at "."; then init detaches it.
    TRY(sys::pivot_root(".", "."));
    // As slaves only: otherwise the host's own mounts would be unmounted, too.
    if (has_peers) TRY(propagate(old.number(), MS_SLAVE, AT_RECURSIVE));
    return sys::umount_lazily(".");
}

Sys<> change_root(init::Init& init) {
    if (!init.plan().rootfs.host_mounts) {
        // No path leads to a mount over "/": so hide_host_kernel() reaches only the host's.
        TRY(sys::raw::done(SYS_move_mount, init.root.number(), "", sys::cwd, "/",
                           MOVE_MOUNT_F_EMPTY_PATH));
        // As late as this: config.json's mounts may have their sources there.
        TRY(hide_host_kernel());
    }
    TRY(sys::fchdir(init.root.number()));
    return sys::chroot(".");
}

Sys<PathFd> place_of_root(init::Init& init) {
    auto const& plan = init.plan().rootfs;
    if (!plan.from_parent)
        return sys::openat<PathFd>(sys::cwd, init.view().text(plan.path), O_PATH | O_DIRECTORY);
    Fd place;
    TRY(init.parent.expect<launch::TakeTree>(&place));
    return std::move(place).as<PathFd>();
}

Sys<TreeFd> tree_of(PathFd const& place) {
    return sys::open_tree_clone(place.number(), "", AT_EMPTY_PATH | AT_RECURSIVE);
}

Sys<> attach_root(init::Init& init, PathFd const& place, TreeFd const& tree) {
    auto const& plan = init.plan().rootfs;
    if (plan.own) TRY(propagate(tree.number(), MS_PRIVATE, AT_RECURSIVE)); // a group of its own
    init.doing(Detail::attach);
    // In the mount namespace of a user namespace the kernel has already cut them off.
    if (!plan.propagation && !plan.from_parent) TRY(make_holder_private(place));
    if (!plan.screened) return sys::move_mount(tree, place.number());
    // A copy of the host's mounts leaves out unbindable ones, with all that is mounted on them. The
    // root itself can't be unbindable: init copies parts of it, too.
    auto const screen = TRY(tree_of(place));
    TRY(propagate(screen.number(), MS_UNBINDABLE, 0));
    TRY(sys::move_mount(screen, place.number()));
    return sys::move_mount(tree, screen.number());
}

Sys<> cut_off_host(init::Init& init) {
    init.doing(Detail::propagation);
    mount_attr attr{};
    attr.propagation = init.plan().rootfs.propagation;
    return sys::mount_setattr(sys::cwd, "/", AT_RECURSIVE, attr);
}

} // namespace

Sys<> open_root(init::Init& init) {
    auto const& plan = init.plan().rootfs;
    if (!plan.host_mounts && plan.propagation) TRY(cut_off_host(init));

    init.doing(Detail::node);
    if (plan.masked.count > 0) {
        init.null = TRY(sys::openat(sys::cwd, "/dev/null", O_PATH));
        auto const st = TRY(sys::fstat(init.null.number()));
        if (!S_ISCHR(st.st_mode) || st.st_rdev != device_number(1, 3))
            return std::unexpected(Errno{ENODEV});
    }
    init.doing(Detail::source);
    auto place = TRY(place_of_root(init));
    if (!plan.host_mounts) {
        auto tree = TRY(tree_of(place));
        TRY(attach_root(init, place, tree));
        place = std::move(tree).as<PathFd>();
    }
    init.root = safe::Root(std::move(place));
    return {};
}

Sys<> protect_paths(init::Init& init) {
    for (auto const path : init.view().list(init.plan().rootfs.read_only)) {
        init.doing(Detail::target);
        auto const target = init.root.find(init.view().text(path));
        if (target) {
            auto const tree =
                TRY(sys::open_tree_clone(target->number(), "", AT_EMPTY_PATH | AT_RECURSIVE));
            init.doing(Detail::attributes);
            TRY(make_readonly(tree.number(), AT_RECURSIVE));
            init.doing(Detail::attach);
            TRY(sys::move_mount(tree, target->number()));
        } else if (target.error() != Errno{ENOENT}) {
            return std::unexpected(target.error());
        }
        ++init.item;
    }
    return {};
}

Sys<> mask_paths(init::Init& init) {
    TreeFd empty;
    for (auto const path : init.view().list(init.plan().rootfs.masked)) {
        init.doing(Detail::target);
        auto const target = init.root.find(init.view().text(path));
        if (target) {
            bool const directory = S_ISDIR(TRY(sys::fstat(target->number())).st_mode);
            bool const first = directory && !empty;
            if (first) empty = TRY(empty_directory(init));
            init.doing(Detail::attach);
            // A detached mount can't be copied before Linux 6.15: the first directory gets the
            // mount itself, the others get copies of it.
            if (first)
                TRY(sys::move_mount(empty, target->number()));
            else
                TRY(sys::move_mount(TRY(copy_of(directory ? empty.number() : init.null.number())),
                                    target->number()));
        } else if (target.error() != Errno{ENOENT}) {
            return std::unexpected(target.error());
        }
        ++init.item;
    }
    init.null.reset();
    return {};
}

Sys<> seal_root(init::Init& init) { return make_readonly(init.root.number(), 0); }

Sys<> enter_root(init::Init& init) {
    auto const& plan = init.plan().rootfs;
    TRY(plan.no_pivot || plan.host_mounts ? change_root(init) : pivot(init));
    TRY(sys::chdir("/"));
    init.doing(Detail::propagation);
    // As late as this: pivot_root refuses a shared root, and an unbindable one can't be copied for
    // its read-only paths.
    if (plan.own)
        TRY(propagate(init.root.number(), plan.own & ~std::uint64_t{MS_REC},
                      plan.own & MS_REC ? AT_RECURSIVE : 0));
    init.root = safe::Root();
    return {};
}

Sys<> join_root(init::Init& init) {
    if (init.plan().rootfs.host_mounts) {
        Fd root;
        TRY(init.parent.expect<launch::TakeTree>(&root));
        TRY(sys::fchdir(root.number()));
        TRY(sys::chroot("."));
    }
    // The terminal step looks it up in the root.
    if (init.plan().terminal.wanted)
        init.root = safe::Root(TRY(sys::openat<PathFd>(sys::cwd, "/", O_PATH | O_DIRECTORY)));
    return {};
}

} // namespace davit::rootfs
