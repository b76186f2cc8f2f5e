// SPDX-License-Identifier: Apache-2.0
// safe/procfs.cc - a directory that is proven to be procfs. Runs in: both.
// Kernel interface: proc(5), openat2(2), fsopen(2).
#include "safe/procfs.h"

#include <limits.h>
#include <linux/magic.h>

#include <cstring>

#include "base/bytes.h"
#include "base/try.h"
#include "sys/mount.h"

namespace davit::safe {

namespace {

constexpr auto beneath = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;

/// Puts `front`, "/" and `back` into `into`.
Sys<> join(std::span<char const> front, char const* back, char (&into)[PATH_MAX]) {
    auto const size = std::strlen(back) + 1;
    if (front.size() + 1 + size > sizeof into) return std::unexpected(Errno{ENAMETOOLONG});
    std::memcpy(into, front.data(), front.size());
    into[front.size()] = '/';
    std::memcpy(into + front.size() + 1, back, size);
    return {};
}

} // namespace

Sys<Procfs> Procfs::open() {
    auto root =
        TRY(sys::openat2<PathFd>(sys::cwd, "/proc", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
    constexpr ino_t root_inode = 1; // another directory of procfs isn't enough
    if (TRY(sys::fstatfs(root.number())).f_type != PROC_SUPER_MAGIC
        || TRY(sys::fstat(root.number())).st_ino != root_inode)
        return std::unexpected(Errno{EXDEV});
    return Procfs(std::move(root));
}

Sys<Procfs> Procfs::make() {
    auto const context = TRY(sys::fsopen("proc"));
    TRY(sys::fsconfig_create(context.number()));
    return Procfs(TRY(sys::fsmount(context.number(),
                                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))
                      .as<PathFd>());
}

Sys<Procfs> Procfs::make_or_open() {
    auto made = make();
    if (!made && made.error() == Errno{EPERM}) return open();
    return made;
}

Sys<Fd> Procfs::open_file(char const* path, int flags) const {
    return sys::openat2<Fd>(root_.number(), path, flags, beneath | RESOLVE_NO_SYMLINKS);
}

Sys<Fd> Procfs::open_file(int pid, char const* name, int flags) const {
    char digits[12];
    char path[PATH_MAX];
    TRY(join(decimal(static_cast<unsigned>(pid), digits), name, path));
    return open_file(path, flags);
}

Sys<Fd> Procfs::open_own(char const* name, int flags) const {
    constexpr char self[] = "thread-self";
    char path[PATH_MAX];
    TRY(join({self, sizeof self - 1}, name, path));
    // The kernel made this link: in procfs no process can make one.
    return sys::openat2<Fd>(root_.number(), path, flags, beneath);
}

Sys<PathFd> Procfs::open_root(int pid) const {
    char digits[12];
    char path[PATH_MAX];
    TRY(join(decimal(static_cast<unsigned>(pid), digits), ".", path));
    auto const process = TRY(open_file(path, O_PATH | O_DIRECTORY));
    return sys::openat<PathFd>(process.number(), "root", O_PATH | O_DIRECTORY); // a magic link
}

Sys<NsFd> Procfs::open_namespace(int pid, char const* name) const {
    auto const directory = TRY(open_file(pid, "ns", O_PATH | O_DIRECTORY));
    // The last name is a magic link. The file system of its target proves that it is a namespace.
    auto fd = TRY(sys::openat<NsFd>(directory.number(), name, O_RDONLY));
    if (TRY(sys::fstatfs(fd.number())).f_type != NSFS_MAGIC) return std::unexpected(Errno{ENODEV});
    return fd;
}

} // namespace davit::safe
