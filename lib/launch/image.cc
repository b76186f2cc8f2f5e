// SPDX-License-Identifier: Apache-2.0
// launch/image.cc - init's executable, embedded, as a file. Runs in: parent.
//
// Measured here, 40 KiB: sealed memfd 25 µs; open_tree + mount_setattr on an existing file 38 µs.
// Kernel interface: memfd_create(2), F_ADD_SEALS, open_tree(2), mount_setattr(2).
#include "launch/image.h"

#include <linux/memfd.h>

#include "launch/init_image.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/mount.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U // linux/memfd.h, since 6.3
#endif

namespace davit::launch {

namespace {

Sys<Fd> memfd() {
    constexpr auto flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    auto fd = sys::memfd_create("davit-init", flags | MFD_EXEC);
    // Before 6.3 the flag is unknown and every memfd is executable.
    if (!fd && fd.error() == Errno{EINVAL}) return sys::memfd_create("davit-init", flags);
    return fd;
}

Sys<Fd> sealed_memfd() {
    auto fd = TRY(memfd());
    TRY(sys::write_once(fd.number(), init_image.data(), init_image.size()));
    TRY(sys::fcntl(fd.number(), F_ADD_SEALS,
                   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    return fd;
}

/// The file never has a name: other creates may do the same at the same time.
Sys<Fd> readonly_copy(int directory) {
    Sys<TreeFd> tree = std::unexpected(Errno{});
    {
        auto const writer = TRY(sys::openat(directory, ".", O_WRONLY | O_TMPFILE, 0555));
        TRY(sys::write_once(writer.number(), init_image.data(), init_image.size()));
        tree = sys::open_tree_clone(writer.number(), "", AT_EMPTY_PATH);
    } // close the writing fd: while it is open, execve fails
    if (!tree) return std::unexpected(tree.error());
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_RDONLY;
    attr.attr_clr = MOUNT_ATTR_NOEXEC; // /run often has noexec
    TRY(sys::mount_setattr(tree->number(), "", AT_EMPTY_PATH, attr));
    return sys::openat(sys::cwd, safe::FdPath(tree->number()).text, O_RDONLY);
}

} // namespace

Result<Fd> open_image(int directory) {
    auto fd = sealed_memfd();
    if (fd || (fd.error() != Errno{EACCES} && fd.error() != Errno{EPERM}))
        return context(std::move(fd), "make the sealed file of davit's init");
    return context(readonly_copy(directory),
                   "make the read-only file of davit's init (vm.memfd_noexec forbids a memfd)");
}

} // namespace davit::launch
