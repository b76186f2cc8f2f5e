// SPDX-License-Identifier: Apache-2.0
// safe/root.cc - lookups below a container's root. Runs in: both.
#include "safe/root.h"

#include <limits.h>

#include <cstring>

#include "base/bytes.h"
#include "base/try.h"

namespace davit::safe {

namespace {

// A rename somewhere on the way makes a scoped lookup fail with EAGAIN: an attacker can do that
// again and again, but not win anything, and not for ever.
constexpr int attempts = 128;

template <class FdType>
Sys<FdType> scoped_open(int root, char const* path, int flags, unsigned long long resolve) {
    for (int i = 0;; ++i) {
        auto fd = sys::openat2<FdType>(root, path, flags, resolve);
        if (fd || fd.error() != Errno{EAGAIN} || i == attempts) return fd;
    }
}

constexpr auto in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

} // namespace

Sys<PathFd> Root::lookup(char const* path, int flags, unsigned long long resolve) const {
    return scoped_open<PathFd>(root_.number(), path, O_PATH | flags, resolve);
}

Sys<PathFd> Root::find(char const* path, int flags) const { return lookup(path, flags, in_root); }

Sys<PathFd> Root::find_real(char const* path) const {
    return lookup(path, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

Sys<Fd> Root::open(char const* path, int flags) const {
    return scoped_open<Fd>(root_.number(), path, flags, in_root);
}

Sys<PathFd> Root::make_directories(char const* path, unsigned mode) const {
    auto found = lookup(path, O_DIRECTORY, in_root);
    if (found || found.error() != Errno{ENOENT}) return found;

    // Component by component: each is looked up from the root, so that links keep their meaning,
    // and a missing one is made below the fd of the one before.
    char prefix[PATH_MAX];
    auto const length = std::strlen(path);
    if (length >= sizeof prefix) return std::unexpected(Errno{ENAMETOOLONG});
    auto directory = TRY(lookup("/", O_DIRECTORY, in_root));
    std::size_t begin = 0;
    while (begin < length) {
        while (path[begin] == '/') ++begin;
        auto end = begin;
        while (end < length && path[end] != '/') ++end;
        if (begin == end) break;
        std::memcpy(prefix, path, end);
        prefix[end] = '\0';
        auto next = lookup(prefix, O_DIRECTORY, in_root);
        if (!next && next.error() == Errno{ENOENT}) {
            char const* const name = prefix + begin;
            auto const made = sys::mkdirat(directory.number(), name, mode);
            // Somebody else may have made it; a link that leads nowhere is seen as ELOOP below.
            if (!made && made.error() != Errno{EEXIST}) return std::unexpected(made.error());
            next = sys::openat2<PathFd>(directory.number(), name, O_PATH | O_DIRECTORY,
                                        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        }
        directory = TRY(std::move(next));
        begin = end;
    }
    return directory;
}

Sys<Place> Root::place(char const* path) const {
    char const* const slash = last_slash(path);
    if (!slash || !slash[1]) return std::unexpected(Errno{EINVAL});
    if (slash == path) return Place{TRY(lookup("/", O_DIRECTORY, in_root)), slash + 1};
    char parent[PATH_MAX];
    auto const length = static_cast<std::size_t>(slash - path);
    if (length >= sizeof parent) return std::unexpected(Errno{ENAMETOOLONG});
    std::memcpy(parent, path, length);
    parent[length] = '\0';
    return Place{TRY(make_directories(parent)), slash + 1};
}

Sys<PathFd> Root::make_file(char const* path) const {
    auto found = lookup(path, 0, in_root);
    if (found || found.error() != Errno{ENOENT}) return found;
    auto const at = TRY(place(path));
    // O_EXCL also refuses a dangling link, which must not choose where the file appears.
    auto const made =
        sys::openat(at.directory.number(), at.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
    if (!made && made.error() != Errno{EEXIST}) return std::unexpected(made.error());
    return sys::openat2<PathFd>(at.directory.number(), at.name, O_PATH,
                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

FdPath::FdPath(int fd) {
    constexpr char prefix[] = "/proc/self/fd/";
    std::memcpy(text, prefix, sizeof prefix);
    char* at = text + sizeof prefix - 1;
    char digits[12];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + fd % 10);
    while (fd /= 10);
    while (count) *at++ = digits[--count];
    *at = '\0';
}

} // namespace davit::safe
