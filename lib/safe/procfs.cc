// SPDX-License-Identifier: Apache-2.0
// safe/procfs.cc - a /proc that is proven to be procfs. Runs in: parent. proc(5), openat2(2).
#include "safe/procfs.h"

#include <linux/magic.h>

namespace davit::safe {

Result<Procfs> Procfs::open() {
    auto root = TRY(
        context(sys::openat2<PathFd>(sys::cwd, "/proc", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS),
                "open \"/proc\""));
    auto const fs = TRY(context(sys::fstatfs(root.number()), "look at \"/proc\""));
    constexpr ino_t root_inode = 1;
    if (fs.f_type != PROC_SUPER_MAGIC
        || TRY(context(sys::fstat(root.number()), "look at \"/proc\"")).st_ino != root_inode)
        return fail(Kind::system, "\"/proc\" is not the root of a proc file system");
    return Procfs(std::move(root));
}

Sys<Fd> Procfs::open_file(int pid, char const* name, int flags) const {
    auto const path = text(pid, "/", name);
    return sys::openat2<Fd>(root_.number(), path.c_str(), flags,
                            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV
                                | RESOLVE_NO_MAGICLINKS);
}

Sys<NsFd> Procfs::open_namespace(int pid, char const* name) const {
    auto const directory = TRY(open_file(pid, "ns", O_PATH | O_DIRECTORY));
    // The last step is a magic link. That it led to a namespace says the file system of its end.
    auto fd = TRY(sys::openat<NsFd>(directory.number(), name, O_RDONLY));
    if (TRY(sys::fstatfs(fd.number())).f_type != NSFS_MAGIC) return std::unexpected(Errno{ENODEV});
    return fd;
}

} // namespace davit::safe
