// SPDX-License-Identifier: Apache-2.0
// safe/root.cc - lookups below a container's root. Runs in: both.
#include "safe/root.h"

#include <limits.h>
#include <linux/magic.h>

#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/try.h"

namespace davit::safe {

namespace {

constexpr auto in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

// The kernel's own limit.
constexpr int most_links = 40;

/// A path that changes during the lookup. The kernel follows every link except one that leads to
/// nothing: such a link is followed by hand, so that the missing file is made where the image says
/// (/etc/resolv.conf -> ../run/resolv.conf). The new path is looked up in the root again, wherever
/// it leads.
struct Path {
    char text[PATH_MAX];
    std::size_t length = 0;

    Sys<> assign(char const* path) {
        length = std::strlen(path);
        if (length >= sizeof text) return std::unexpected(Errno{ENAMETOOLONG});
        std::memcpy(text, path, length + 1);
        return {};
    }

    /// Replaces the link `name`, which stands at [begin, end), by its target. If it is no link,
    /// changes nothing.
    Sys<> follow(PathFd const& directory, char const* name, std::size_t begin, std::size_t end) {
        char target[PATH_MAX];
        auto const read = sys::readlinkat(directory.number(), name, target, sizeof target);
        // It was replaced or removed meanwhile: another process races with the lookup. Looks again.
        if (!read && (read.error() == Errno{EINVAL} || read.error() == Errno{ENOENT})) return {};
        auto const size = TRY(read);
        if (size == 0) return std::unexpected(Errno{ENOENT});
        return replace(target[0] == '/' ? 0 : begin, end, target, size);
    }

    /// Replaces [begin, end) by `size` bytes.
    Sys<> replace(std::size_t begin, std::size_t end, char const* by, std::size_t size) {
        if (begin + size + (length - end) >= sizeof text)
            return std::unexpected(Errno{ENAMETOOLONG});
        std::memmove(text + begin + size, text + end, length - end + 1);
        std::memcpy(text + begin, by, size);
        length = begin + size + (length - end);
        return {};
    }
};

// While the kernel goes through a "..", a rename anywhere on the host makes a scoped lookup fail
// with EAGAIN. Another process that renames all the time can keep that up for a while.
constexpr int attempts = 32;

/// Whether [begin, begin + size) of the path is "." (1) or ".." (2).
bool is_dots(Path const& path, std::size_t begin, std::size_t size, std::size_t dots) {
    return size == dots && path.text[begin] == '.' && path.text[begin + dots - 1] == '.';
}

/// Replaces the link `link` at [begin, end) of the path by its target. Returns the new end of the
/// names before it.
Sys<std::size_t> follow_step(PathFd const& link, Path& path, std::size_t before, std::size_t begin,
                             std::size_t end) {
    // The target of a magic link only looks like a path. Only the kernel can tell magic links:
    // links of /proc are left to it.
    if (TRY(sys::fstatfs(link.number())).f_type == PROC_SUPER_MAGIC)
        return std::unexpected(Errno{EAGAIN});
    char target[PATH_MAX];
    auto const size = TRY(sys::readlinkat(link.number(), "", target, sizeof target));
    if (size == 0) return std::unexpected(Errno{ENOENT});
    bool const absolute = target[0] == '/';
    TRY(path.replace(absolute ? 0 : begin, end, target, size));
    return absolute ? 0 : before;
}

/// Follows all links of `path`, and removes all "." and ".." from it, name by name, at the time of
/// the look. The caller then looks it up without any link, so that a change meanwhile shows
/// (EAGAIN). No step asks the kernel for a "..": the parents are the names before it. It follows
/// links that the kernel wouldn't: fs.protected_symlinks and the mount option nosymfollow don't
/// count here.
Sys<> resolve_links(int root, Path& path) {
    std::size_t at = 0; // the end of the names that aren't links
    for (int links = 0; links <= most_links;) {
        auto begin = at;
        while (path.text[begin] == '/') ++begin;
        if (begin == path.length) {
            if (path.length == 0) return path.assign("/");
            return {};
        }
        auto end = begin;
        while (end < path.length && path.text[end] != '/') ++end;
        if (is_dots(path, begin, end - begin, 1)) {
            TRY(path.replace(at, end, "", 0));
            continue;
        }
        if (is_dots(path, begin, end - begin, 2)) {
            while (at > 0 && path.text[at - 1] != '/') --at;
            if (at > 0) --at; // the slash before the name goes with it
            TRY(path.replace(at, end, "", 0));
            continue;
        }
        char const behind = std::exchange(path.text[end], '\0');
        auto step = sys::openat2<PathFd>(root, path.text, O_PATH | O_NOFOLLOW,
                                         RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
        path.text[end] = behind;
        if (!step && step.error() == Errno{ELOOP}) return std::unexpected(Errno{EAGAIN});
        auto const name = TRY(std::move(step));
        auto const type = TRY(sys::fstat(name.number())).st_mode & S_IFMT;
        if (type != S_IFLNK) {
            // A file has nothing below it, not even "..".
            if (type != S_IFDIR && behind == '/') return std::unexpected(Errno{ENOTDIR});
            at = end;
            continue;
        }
        ++links;
        at = TRY(follow_step(name, path, at, begin, end));
    }
    return std::unexpected(Errno{ELOOP});
}

template <class FdType>
Sys<FdType> open_by_steps(int root, char const* path, int flags, unsigned long long resolve) {
    for (int i = 0; i < attempts; ++i) {
        Path rest;
        TRY(rest.assign(path));
        auto const straight = resolve_links(root, rest);
        if (!straight && straight.error() == Errno{EAGAIN}) continue;
        TRY(straight);
        auto fd = sys::openat2<FdType>(root, rest.text, flags, resolve | RESOLVE_NO_SYMLINKS);
        if (fd || fd.error() != Errno{ELOOP}) return fd; // ELOOP: another process changed the path
    }
    return std::unexpected(Errno{EAGAIN});
}

template <class FdType>
Sys<FdType> scoped_open(int root, char const* path, int flags, unsigned long long resolve) {
    for (int i = 0; i < attempts; ++i) {
        auto fd = sys::openat2<FdType>(root, path, flags, resolve);
        if (fd || fd.error() != Errno{EAGAIN}) return fd;
    }
    // A lookup that forbids links can't use "..".
    if (resolve & RESOLVE_NO_SYMLINKS) return std::unexpected(Errno{EAGAIN});
    return open_by_steps<FdType>(root, path, flags, resolve);
}

} // namespace

Sys<PathFd> Root::lookup(char const* path, int flags, unsigned long long resolve) const {
    return scoped_open<PathFd>(root_.number(), path, O_PATH | flags, resolve);
}

Sys<PathFd> Root::find(char const* path, int flags) const { return lookup(path, flags, in_root); }

Sys<PathFd> Root::find_real(char const* path, int flags) const {
    return lookup(path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

Sys<Fd> Root::open(char const* path, int flags) const {
    return scoped_open<Fd>(root_.number(), path, flags, in_root);
}

namespace {

/// Makes the missing names of `path`, most often only the last: goes up to an existing directory,
/// then down again, and makes each name below the fd of the one before. ELOOP: a link to nothing
/// was in the way, and `path` now has its target; or, unless `by_link`, there is any link on the
/// way.
Sys<PathFd> make_missing(Root const& root, Path& path, unsigned mode, bool by_link) {
    Path prefix = path;
    auto at = path.length;
    Sys<PathFd> found = std::unexpected(Errno{ENOENT});
    do {
        while (at > 0 && path.text[at - 1] != '/') --at; // to the begin of the last name
        while (at > 0 && path.text[at - 1] == '/') --at; // to the end of the one before
        prefix.text[at] = '\0';
        char const* const there = at > 0 ? prefix.text : "/";
        found = by_link ? root.find(there, O_DIRECTORY) : root.find_real(there, O_DIRECTORY);
    } while (!found && found.error() == Errno{ENOENT} && at > 0);
    auto directory = TRY(std::move(found));
    while (at < path.length) {
        auto const begin = at + (path.text[at] == '/');
        auto end = begin;
        while (end < path.length && path.text[end] != '/') ++end;
        std::memcpy(prefix.text + at, path.text + at, end - at);
        prefix.text[end] = '\0';
        at = end;
        if (begin == end) continue; // a doubled or trailing slash
        char const* const name = prefix.text + begin;
        auto const made = sys::mkdirat(directory.number(), name, mode);
        // Another process may have made it meanwhile.
        if (!made && made.error() != Errno{EEXIST}) return std::unexpected(made.error());
        auto next = sys::openat2<PathFd>(directory.number(), name, O_PATH | O_DIRECTORY,
                                         RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        if (!next && next.error() == Errno{ELOOP}) TRY(path.follow(directory, name, begin, end));
        directory = TRY(std::move(next));
    }
    return directory;
}

} // namespace

Sys<PathFd> Root::make_directories(char const* path, unsigned mode, bool* led_by_link) const {
    auto found = find_real(path, O_DIRECTORY);
    bool by_link = !found && found.error() == Errno{ELOOP};
    if (by_link) found = find(path, O_DIRECTORY);
    if (led_by_link) *led_by_link = by_link;
    if (found || found.error() != Errno{ENOENT}) return found;
    Path rest;
    TRY(rest.assign(path));
    for (int links = 0; links < most_links; ++links) {
        auto made = make_missing(*this, rest, mode, by_link);
        if (made || made.error() != Errno{ELOOP}) return made;
        by_link = true;
        if (led_by_link) *led_by_link = true;
    }
    return std::unexpected(Errno{ELOOP});
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
    Path rest;
    TRY(rest.assign(path));
    for (int links = 0; links < most_links; ++links) {
        auto found = find(rest.text);
        if (found || found.error() != Errno{ENOENT}) return found;
        auto const at = TRY(place(rest.text));
        // O_EXCL also refuses a link to nothing: follow_step() follows it.
        auto const made = sys::openat(at.directory.number(), at.name,
                                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
        if (!made && made.error() != Errno{EEXIST}) return std::unexpected(made.error());
        auto file = sys::openat2<PathFd>(at.directory.number(), at.name, O_PATH,
                                         RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        if (file || file.error() != Errno{ELOOP}) return file;
        auto const begin = static_cast<std::size_t>(at.name - rest.text);
        char name[NAME_MAX + 1];
        if (rest.length - begin > NAME_MAX) return std::unexpected(Errno{ENAMETOOLONG});
        std::memcpy(name, at.name, rest.length - begin + 1);
        TRY(rest.follow(at.directory, name, begin, rest.length));
    }
    return std::unexpected(Errno{ELOOP});
}

FdPath::FdPath(int fd) {
    constexpr char prefix[] = "/proc/self/fd/";
    std::memcpy(text, prefix, sizeof prefix);
    char digits[12];
    auto const number = decimal(static_cast<unsigned>(fd), digits);
    std::memcpy(text + sizeof prefix - 1, number.data(), number.size() + 1);
}

} // namespace davit::safe
