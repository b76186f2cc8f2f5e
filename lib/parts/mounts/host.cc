// SPDX-License-Identifier: Apache-2.0
// parts/mounts/host.cc - the mounts that init only attaches. Runs in: parent.
//
// No process sees a mount before it is attached: a failure leaves nothing behind.
// Kernel interface: mount_setattr(2), Documentation/filesystems/idmappings.rst.
#include "parts/mounts/host.h"

#include <linux/magic.h>

#include <array>

#include "parts/mounts/plan.h"
#include "parts/users/host.h"
#include "safe/host_procfs.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace davit::mounts {

namespace {

/// An error with the words of fsopen(2)'s log.
template <class... Parts>
std::unexpected<Error> refused(Fd const& fs, Errno e, Parts const&... parts) {
    auto error = fail_errno(e, parts...).error();
    std::array<char, 256> words{};
    auto const n = sys::read(fs.number(), words.data(), words.size());
    if (n) error.story += kernel_says({words.data(), *n});
    return std::unexpected(std::move(error));
}

struct FilesystemName {
    std::string_view name;
    std::uint32_t magic;
};
/// File systems that users often bind and that can't be idmapped: tmpfs can't before Linux 6.3.
constexpr FilesystemName known[] = {
    {"cgroup", CGROUP_SUPER_MAGIC}, {"cgroup2", CGROUP2_SUPER_MAGIC},
    {"devpts", DEVPTS_SUPER_MAGIC}, {"fuse", FUSE_SUPER_MAGIC},
    {"nfs", NFS_SUPER_MAGIC},       {"overlay", OVERLAYFS_SUPER_MAGIC},
    {"proc", PROC_SUPER_MAGIC},     {"sysfs", SYSFS_MAGIC},
    {"tmpfs", TMPFS_MAGIC},
};

std::string type_of(TreeFd const& tree) {
    auto const found = sys::fstatfs(tree.number());
    if (!found) return "?";
    auto const magic = static_cast<std::uint32_t>(found->f_type);
    for (auto const& one : known)
        if (one.magic == magic) return std::string(one.name);
    return hex(magic);
}

/// The kernel decides which file systems can be idmapped; the list grows.
std::unexpected<Error> not_idmapped(Errno e, TreeFd const& tree, Mount const& mount,
                                    std::string const& name) {
    auto const whose = text(name, ": idmap ", mount.idmap_below ? "it and all below" : "it");
    if (e == Errno{EINVAL})
        return fail(Kind::unsupported, whose, ": this kernel can't idmap its file system (",
                    type_of(tree), ")", mount.idmap_below ? ", or one mounted below" : "");
    if (e == Errno{EPERM})
        return fail(Kind::denied, whose,
                    ": it is idmapped already, or davit isn't privileged over its file system");
    return fail_errno(e, whose);
}

} // namespace

/// In init's own mount namespace the kernel has locked the flags of the host's mounts
/// (mount_namespaces(7)); a copy made in the parent's namespace would have no locks.
Result<Source> Trees::place(std::string const& path, std::string const& name) {
    if (!init_root_) {
        auto const proc = TRY(safe::open_procfs());
        init_root_ = TRY(context(proc.open_root(init_), name, ": open the root of davit's init"));
    }
    auto at =
        TRY(context(sys::openat2<Fd>(init_root_.number(), path.c_str(), O_PATH, RESOLVE_IN_ROOT),
                    name, ": open the source"));
    return Source{std::move(at), true};
}

Result<Source> Trees::root() {
    auto const name = text("open the root ", quoted(plan_.rootfs));
    return place(plan_.rootfs + "/.", name);
}

Result<Source> Trees::make(std::size_t n) {
    auto const& mounts = plan_.header().mounts.mounts;
    auto const& mount = plan_.view().list(mounts)[n];
    auto const name = name_of(plan_.view(), mounts, n);
    if (!mount.idmap) return place(plan_.view().text(mount.source), name);
    auto tree = TRY(mount.action == Action::bind ? copy(mount, name) : filesystem(mount, name));
    TRY(idmap(tree, mount, name));
    return Source{std::move(tree).as<Fd>(), false};
}

Result<TreeFd> Trees::filesystem(Mount const& mount, std::string const& name) const {
    auto const view = plan_.view();
    auto const fs = TRY(context(sys::fsopen(view.text(mount.type)), name, ": file system type"));
    for (auto const& parameter : view.list(mount.parameters)) {
        auto const* const key = view.text(parameter.key);
        auto const* const value = view.text(parameter.value);
        if (auto const set = sys::fsconfig_set(fs.number(), key, value); !set)
            return refused(fs, set.error(), name, ": option ",
                           quoted(value ? text(key, "=", value) : key));
    }
    if (auto const created = sys::fsconfig_create(fs.number()); !created)
        return refused(fs, created.error(), name, ": make the file system");
    return context(sys::fsmount(fs.number(), static_cast<unsigned>(mount.here.set)), name);
}

Result<TreeFd> Trees::copy(Mount const& mount, std::string const& name) const {
    auto tree = TRY(context(sys::open_tree_clone(sys::cwd, plan_.view().text(mount.source),
                                                 mount.recursive ? AT_RECURSIVE : 0),
                            name, ": open the source"));
    TRY(cut_off(tree, name));
    return tree;
}

/// init does the same with the host's mounts that it copies itself. A copy for another user
/// namespace is never a peer of the host's mount, as with the kernel's own copies
/// (mount_namespaces(7)).
Result<> Trees::cut_off(TreeFd const& tree, std::string const& name) const {
    mount_attr attr{};
    attr.propagation = plan_.header().rootfs.propagation;
    if (!attr.propagation && plan_.users.how != users::How::none) attr.propagation = MS_SLAVE;
    return context(sys::mount_setattr(tree.number(), "", AT_EMPTY_PATH | AT_RECURSIVE, attr), name,
                   ": cut it off the host's mounts");
}

Result<NsFd> Trees::user_namespace(users::IdMaps const& maps) const {
    if (!maps.uids.empty()) return users::make_user_namespace(maps);
    auto const proc = TRY(safe::open_procfs());
    return context(proc.open_namespace(init_, "user"), "open the container's user namespace");
}

Result<> Trees::idmap(TreeFd const& tree, Mount const& mount, std::string const& name) {
    auto& ns = namespaces_[mount.idmap - 1];
    if (!ns) ns = TRY(within(user_namespace(plan_.mount_maps[mount.idmap - 1]), name));
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_IDMAP;
    attr.userns_fd = static_cast<std::uint64_t>(ns.number());
    auto const done = sys::mount_setattr(
        tree.number(), "", AT_EMPTY_PATH | (mount.idmap_below ? AT_RECURSIVE : 0), attr);
    if (!done) return not_idmapped(done.error(), tree, mount, name);
    return {};
}

} // namespace davit::mounts
