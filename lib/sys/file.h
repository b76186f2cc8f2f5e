// SPDX-License-Identifier: Apache-2.0
// sys/file.h - files, directories and their metadata: one function per system call. Runs in: both.
//
// Every opened fd is CLOEXEC. Names are relative to a directory fd, or to `cwd`.
#pragma once

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstddef>
#include <cstdint>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

inline constexpr int cwd = AT_FDCWD;

template <class FdType = Fd>
Sys<FdType> openat(int dir, char const* path, int flags, unsigned mode = 0) {
    return raw::opened<FdType>(SYS_openat, dir, path, flags | O_CLOEXEC, mode);
}

/// `resolve` is a set of RESOLVE_* flags.
template <class FdType = Fd>
Sys<FdType> openat2(int dir, char const* path, int flags, std::uint64_t resolve,
                    unsigned mode = 0) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.mode = mode;
    how.resolve = resolve;
    return raw::opened<FdType>(SYS_openat2, dir, path, &how, sizeof how);
}

inline Sys<std::size_t> read(int fd, void* into, std::size_t size) {
    return raw::sized(SYS_read, fd, into, size);
}
inline Sys<std::size_t> write(int fd, void const* from, std::size_t size) {
    return raw::sized(SYS_write, fd, from, size);
}

/// The kernel's own struct stat; the C library's is the same on every 64-bit architecture. `path`
/// "" with AT_EMPTY_PATH in `flags` asks about `dir` itself.
inline Sys<struct stat> fstatat(int dir, char const* path, int flags) {
    struct stat st;
    auto const r = raw::done(SYS_newfstatat, dir, path, &st, flags);
    if (!r) return std::unexpected(r.error());
    return st;
}
inline Sys<struct stat> fstat(int fd) { return fstatat(fd, "", AT_EMPTY_PATH); }
/// By statx(2): the id of the mount through which the file is seen.
inline Sys<std::uint64_t> mount_id(int dir, char const* path, int flags) {
    struct statx st;
    auto const r = raw::done(SYS_statx, dir, path, flags, STATX_MNT_ID, &st);
    if (!r) return std::unexpected(r.error());
    return st.stx_mnt_id;
}
/// The id of the mount of `fd`; since Linux 6.8 no later mount gets the same.
inline Sys<std::uint64_t> unique_mount_id(int fd) {
    constexpr unsigned mnt_id_unique = 0x4000; // STATX_MNT_ID_UNIQUE; older kernels ignore it
    struct statx st;
    auto const r = raw::done(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID | mnt_id_unique, &st);
    if (!r) return std::unexpected(r.error());
    return st.stx_mnt_id;
}
inline Sys<struct statfs> fstatfs(int fd) {
    struct statfs st;
    auto const r = raw::done(SYS_fstatfs, fd, &st);
    if (!r) return std::unexpected(r.error());
    return st;
}

inline Sys<> mkdirat(int dir, char const* name, unsigned mode) {
    return raw::done(SYS_mkdirat, dir, name, mode);
}
inline Sys<> mknodat(int dir, char const* name, unsigned mode, std::uint64_t device) {
    return raw::done(SYS_mknodat, dir, name, mode, device);
}
inline Sys<> symlinkat(char const* target, int dir, char const* name) {
    return raw::done(SYS_symlinkat, target, dir, name);
}
/// `flags` AT_SYMLINK_FOLLOW with an FdPath gives an O_TMPFILE its name.
inline Sys<> linkat(int from_dir, char const* from, int to_dir, char const* to, int flags) {
    return raw::done(SYS_linkat, from_dir, from, to_dir, to, flags);
}
inline Sys<> unlinkat(int dir, char const* name, int flags = 0) {
    return raw::done(SYS_unlinkat, dir, name, flags);
}
inline Sys<> renameat2(int from_dir, char const* from, int to_dir, char const* to,
                       unsigned flags = 0) {
    return raw::done(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
/// The link's text, not terminated; its length is the value. `path` "" reads the link `dir` itself.
inline Sys<std::size_t> readlinkat(int dir, char const* path, char* into, std::size_t size) {
    return raw::sized(SYS_readlinkat, dir, path, into, size);
}
inline Sys<> faccessat2(int dir, char const* path, int mode, int flags) {
    return raw::done(SYS_faccessat2, dir, path, mode, flags);
}
inline Sys<> fchownat(int dir, char const* path, unsigned uid, unsigned gid, int flags) {
    return raw::done(SYS_fchownat, dir, path, uid, gid, flags);
}
/// Follows a link at the end of `path`.
inline Sys<> fchmodat(int dir, char const* path, unsigned mode) {
    return raw::done(SYS_fchmodat, dir, path, mode);
}
/// `times` is {access, modification}.
inline Sys<> utimensat(int dir, char const* path, timespec const (&times)[2], int flags) {
    return raw::done(SYS_utimensat, dir, path, &times[0], flags);
}
/// Copies from the position of `in` to that of `out`, as much as the kernel copies in one call.
inline Sys<std::size_t> sendfile(int out, int in, std::size_t size) {
    return raw::sized(SYS_sendfile, out, in, nullptr, size);
}

inline Sys<> flock(int fd, int operation) { return raw::done(SYS_flock, fd, operation); }

inline Sys<> chdir(char const* path) { return raw::done(SYS_chdir, path); }
inline Sys<> fchdir(int fd) { return raw::done(SYS_fchdir, fd); }
inline Sys<> chroot(char const* path) { return raw::done(SYS_chroot, path); }
inline unsigned umask(unsigned mask) { return static_cast<unsigned>(*raw::call(SYS_umask, mask)); }
/// The length with the terminating NUL. The path of a cwd outside the root begins with
/// "(unreachable)".
inline Sys<std::size_t> getcwd(char* into, std::size_t size) {
    return raw::sized(SYS_getcwd, into, size);
}

inline Sys<> dup3(int from, int to, int flags) { return raw::done(SYS_dup3, from, to, flags); }
/// fcntl with a number as argument.
inline Sys<long> fcntl(int fd, int command, long argument) {
    return raw::call(SYS_fcntl, fd, command, argument);
}
inline Sys<long> ioctl(int fd, unsigned long request, void* argument = nullptr) {
    return raw::call(SYS_ioctl, fd, request, argument);
}
inline Sys<long> ioctl(int fd, unsigned long request, long argument) {
    return raw::call(SYS_ioctl, fd, request, argument);
}
/// Marks (CLOSE_RANGE_CLOEXEC) or closes every fd from `first` to `last`.
inline Sys<> close_range(unsigned first, unsigned last, unsigned flags) {
    return raw::done(SYS_close_range, first, last, flags);
}
inline Sys<> lseek(int fd, long offset, int whence) {
    return raw::done(SYS_lseek, fd, offset, whence);
}
/// [0] is the reading end, [1] the writing end.
inline Sys<> pipe2(Fd (&ends)[2], int flags) {
    int numbers[2] = {-1, -1};
    auto const r = raw::done(SYS_pipe2, numbers, flags | O_CLOEXEC);
    if (!r) return r;
    ends[0] = Fd(numbers[0]);
    ends[1] = Fd(numbers[1]);
    return {};
}
inline Sys<Fd> memfd_create(char const* name, unsigned flags) {
    return raw::opened<Fd>(SYS_memfd_create, name, flags);
}

/// Writes all in one call: the files of /proc, cgroupfs and the like need that.
inline Sys<> write_once(int fd, void const* from, std::size_t size) {
    auto const n = write(fd, from, size);
    if (!n) return std::unexpected(n.error());
    if (*n != size) return std::unexpected(Errno{EIO});
    return {};
}

/// Reads the first `size` bytes in one call, whatever the file's position.
inline Sys<> pread_once(int fd, void* into, std::size_t size) {
    auto const n = raw::sized(SYS_pread64, fd, into, size, 0);
    if (!n) return std::unexpected(n.error());
    if (*n != size) return std::unexpected(Errno{EIO});
    return {};
}

} // namespace davit::sys
