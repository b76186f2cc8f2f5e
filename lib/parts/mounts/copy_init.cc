// SPDX-License-Identifier: Apache-2.0
// parts/mounts/copy_init.cc - what a new tmpfs copies from the directory that it covers:
// "tmpcopyup", and the directory's mode.
//
// Runs in: init. The copied tree is the image's: hostile, and it may change. init opens each object
// once, follows no link, and uses only that fd. The tmpfs isn't attached yet; its size limits the
// copy. getdents64(2), sendfile(2).
#include "base/try.h"
#include "init/init.h"
#include "sys/filesystem.h"

namespace davit::mounts {

namespace {

using launch::Detail;

// Each level of directories takes two fds and a buffer on the stack.
constexpr int deepest = 200;

/// Copies one directory; another Copier copies each directory below it.
class Copier {
  public:
    Copier(int from, int to, int depth) : from_(from), to_(to), depth_(depth) {}

    /// `from_` is open for reading.
    Sys<> entries() {
        if (depth_ > deepest) return std::unexpected(Errno{ELOOP});
        alignas(8) char buffer[2048];
        while (auto const filled = TRY(sys::getdents64(from_, buffer, sizeof buffer))) {
            for (std::size_t at = 0; at < filled;) {
                auto const* const entry = reinterpret_cast<sys::DirectoryEntry*>(buffer + at);
                at += entry->length;
                char const* const name = entry->name;
                if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) continue;
                TRY(one(name));
            }
        }
        return {};
    }

    /// Copies mode, owner, times and attributes of `from` to the path `to`.
    static Sys<> metadata(int from, struct stat const& st, char const* to) {
        TRY(sys::fchownat(sys::cwd, to, st.st_uid, st.st_gid, 0));
        TRY(sys::fchmodat(sys::cwd, to, st.st_mode & 07777)); // after chown, which resets setuid
        TRY(attributes(from, to));
        return times(st, sys::cwd, to, 0);
    }

  private:
    Sys<> one(char const* name) {
        auto source = sys::openat<PathFd>(from_, name, O_PATH | O_NOFOLLOW);
        if (!source && source.error() == Errno{ENOENT}) return {}; // it was removed meanwhile
        auto const place = TRY(std::move(source));
        auto const st = TRY(sys::fstat(place.number()));
        switch (st.st_mode & S_IFMT) {
        case S_IFDIR: return directory(place, st, name);
        case S_IFREG: return file(place, st, name);
        case S_IFLNK: return link(place, st, name);
        case S_IFIFO:
        case S_IFSOCK: return node(st, name);
        // Skips devices: the root's "nodev" wouldn't hold for one here.
        default: return {};
        }
    }

    Sys<> directory(PathFd const& place, struct stat const& st, char const* name) {
        auto const source = TRY(sys::openat(place.number(), ".", O_RDONLY | O_DIRECTORY));
        TRY(sys::mkdirat(to_, name, 0700));
        auto const made = TRY(sys::openat<PathFd>(to_, name, O_PATH | O_NOFOLLOW));
        TRY(Copier(source.number(), made.number(), depth_ + 1).entries());
        return metadata(source.number(), st, safe::FdPath(made.number()).text);
    }

    Sys<> file(PathFd const& place, struct stat const& st, char const* name) {
        // Opens the very file that init looked at: no process can put a device or a fifo in its
        // place.
        auto const source = TRY(sys::openat(sys::cwd, safe::FdPath(place.number()).text, O_RDONLY));
        auto const made =
            TRY(sys::openat(to_, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
        // A file may grow during the copy: copies no more than its first size.
        for (auto left = static_cast<std::size_t>(st.st_size); left > 0;) {
            auto const n = TRY(sys::sendfile(made.number(), source.number(), left));
            if (n == 0) break;
            left -= n;
        }
        return metadata(source.number(), st, safe::FdPath(made.number()).text);
    }

    Sys<> link(PathFd const& place, struct stat const& st, char const* name) {
        char target[4096];
        auto const size = TRY(sys::readlinkat(place.number(), "", target, sizeof target - 1));
        target[size] = '\0';
        TRY(sys::symlinkat(target, to_, name));
        TRY(sys::fchownat(to_, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW));
        return times(st, to_, name, AT_SYMLINK_NOFOLLOW);
    }

    Sys<> node(struct stat const& st, char const* name) {
        TRY(sys::mknodat(to_, name, st.st_mode & (S_IFMT | 07777), 0));
        auto const made = TRY(sys::openat<PathFd>(to_, name, O_PATH | O_NOFOLLOW));
        safe::FdPath const path(made.number());
        TRY(sys::fchownat(sys::cwd, path.text, st.st_uid, st.st_gid, 0));
        TRY(sys::fchmodat(sys::cwd, path.text, st.st_mode & 07777));
        return times(st, sys::cwd, path.text, 0);
    }

    static Sys<> times(struct stat const& st, int dir, char const* path, int flags) {
        timespec const both[2] = {st.st_atim, st.st_mtim};
        return sys::utimensat(dir, path, both, flags);
    }

    /// Attributes with a meaning for the container: file capabilities, access lists, the user's
    /// own. Labels come from the policy; "trusted." belongs to file systems like overlay.
    static bool is_wanted(char const* name) {
        constexpr char const* wanted[] = {"user.", "security.capability", "system.posix_acl_"};
        for (char const* prefix : wanted) {
            char const* at = name;
            while (*prefix && *prefix == *at) ++prefix, ++at;
            if (!*prefix) return true;
        }
        return false;
    }

    static Sys<> attributes(int from, char const* to) {
        char names[1024], value[4096];
        auto const listed = sys::flistxattr(from, names, sizeof names);
        if (!listed && listed.error() == Errno{EOPNOTSUPP}) return {};
        auto const size = TRY(listed);
        for (std::size_t at = 0; at < size; at += std::strlen(names + at) + 1) {
            char const* const name = names + at;
            if (!is_wanted(name)) continue;
            auto const length = sys::fgetxattr(from, name, value, sizeof value);
            if (!length && length.error() == Errno{ENODATA}) continue; // removed meanwhile
            auto const set = sys::setxattr(to, name, value, TRY(length));
            // A tmpfs has "user." since Linux 6.6, and access lists only if built so.
            if (!set && set.error() != Errno{EOPNOTSUPP}) return set;
        }
        return {};
    }

    int from_, to_, depth_;
};

} // namespace

Sys<> take_over(init::Init& init, Mount const& mount, TreeFd const& tree) {
    init.doing(Detail::content);
    char const* const path = init.view().text(mount.destination);
    auto const found = init::found_for(init, path, init::judged(path), O_DIRECTORY);
    if (!found && found.error() == Errno{ENOENT}) return {};
    if (!found) return std::unexpected(found.error());
    auto const st = TRY(sys::fstat(found->number()));
    safe::FdPath const root(tree.number());
    if (mount.take & take_content) {
        auto const source = TRY(sys::openat(found->number(), ".", O_RDONLY | O_DIRECTORY));
        TRY(Copier(source.number(), tree.number(), 0).entries());
    }
    if (mount.take & take_owner) TRY(sys::fchownat(sys::cwd, root.text, st.st_uid, st.st_gid, 0));
    if (mount.take & take_mode) TRY(sys::fchmodat(sys::cwd, root.text, st.st_mode & 07777));
    return {};
}

} // namespace davit::mounts
