// SPDX-License-Identifier: Apache-2.0
// sys/filesystem.h - the kind of a file system, extended attributes, directory entries.
// Runs in: both.
#pragma once

#include <sys/vfs.h>

#include <cstddef>

#include "sys/raw.h"

namespace davit::sys {

inline Sys<struct statfs> statfs(char const* path) {
    struct statfs st;
    auto const r = raw::done(SYS_statfs, path, &st);
    if (!r) return std::unexpected(r.error());
    return st;
}

inline Sys<> setxattr(char const* path, char const* name, void const* value, std::size_t size) {
    return raw::done(SYS_setxattr, path, name, value, size, 0);
}
/// The attribute's size; ENODATA if the file doesn't have it.
inline Sys<long> getxattr(char const* path, char const* name, void* into, std::size_t size) {
    return raw::call(SYS_getxattr, path, name, into, size);
}

/// The names of all attributes, each with its NUL.
inline Sys<std::size_t> flistxattr(int fd, char* into, std::size_t size) {
    return raw::sized(SYS_flistxattr, fd, into, size);
}
inline Sys<std::size_t> fgetxattr(int fd, char const* name, void* into, std::size_t size) {
    return raw::sized(SYS_fgetxattr, fd, name, into, size);
}

/// Reads at an offset: at 0 it reads a file of cgroupfs or /proc anew.
inline Sys<std::size_t> pread(int fd, void* into, std::size_t size, long offset) {
    return raw::sized(SYS_pread64, fd, into, size, offset);
}

/// The kernel's struct linux_dirent64, unaligned records of `length` bytes; 0 bytes at the end.
struct DirectoryEntry {
    unsigned long long inode;
    long long offset;
    unsigned short length;
    unsigned char type; // DT_*
    char name[1];
};
inline Sys<std::size_t> getdents64(int fd, void* into, std::size_t size) {
    return raw::sized(SYS_getdents64, fd, into, size);
}

} // namespace davit::sys
