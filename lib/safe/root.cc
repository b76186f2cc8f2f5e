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

    // Something is missing, most often the last name alone: go up to what is there, then down
    // again, each missing name being made below the fd of the one before.
    char prefix[PATH_MAX];
    auto const length = std::strlen(path);
    if (length >= sizeof prefix) return std::unexpected(Errno{ENAMETOOLONG});
    std::memcpy(prefix, path, length + 1);
    auto at = length;
    do {
        while (at > 0 && prefix[at - 1] != '/') --at; // to the beginning of the last name
        while (at > 0 && prefix[at - 1] == '/') --at; // to the end of the one before
        prefix[at] = '\0';
        found = lookup(at > 0 ? prefix : "/", O_DIRECTORY, in_root);
    } while (!found && found.error() == Errno{ENOENT} && at > 0);
    auto directory = TRY(std::move(found));
    while (at < length) {
        char* const name = prefix + at + (path[at] == '/');
        auto const begin = static_cast<std::size_t>(name - prefix);
        auto end = begin;
        while (end < length && path[end] != '/') ++end;
        std::memcpy(prefix + at, path + at, end - at);
        prefix[end] = '\0';
        at = end;
        if (begin == end) continue; // a doubled or trailing slash
        auto const made = sys::mkdirat(directory.number(), name, mode);
        // Somebody else may have made it; a link that leads nowhere is seen as ELOOP below.
        if (!made && made.error() != Errno{EEXIST}) return std::unexpected(made.error());
        directory = TRY(sys::openat2<PathFd>(directory.number(), name, O_PATH | O_DIRECTORY,
                                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
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
