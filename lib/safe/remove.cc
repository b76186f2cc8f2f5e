// SPDX-License-Identifier: Apache-2.0
// safe/remove.cc - removing a directory that other processes fill. Runs in: parent.
//
// The tree may be deeper than RLIMIT_NOFILE, and other processes change it meanwhile. So a
// directory that isn't empty gives its own directories to the uppermost one, until none has more
// than one level. Kernel interface: getdents64(2), unlink(2), rename(2), ioctl_iflags(2).
#include "safe/remove.h"

#include <linux/fs.h>

#include <cstddef>

#include "base/bytes.h"
#include "base/try.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/filesystem.h"

namespace davit::safe {

namespace {

constexpr auto beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;

bool is_self_or_parent(char const* name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/// chattr +i and +a keep even root from removing a file, or the files of a directory.
void make_mutable(int directory, char const* name) {
    auto const there = sys::openat2<PathFd>(directory, name, O_PATH, beneath);
    if (!there) return;
    auto const st = sys::fstat(there->number());
    if (!st || !(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))) return; // may act when opened
    auto const file = sys::openat(sys::cwd, FdPath(there->number()).text, O_RDONLY | O_NONBLOCK);
    int none = 0;
    if (file) (void)sys::ioctl(file->number(), FS_IOC_SETFLAGS, &none);
}

/// ENOTEMPTY: a directory that isn't empty.
Sys<> remove_one(int directory, char const* name) {
    auto gone = sys::unlinkat(directory, name);
    if (!gone && gone.error() == Errno{EISDIR}) gone = sys::unlinkat(directory, name, AT_REMOVEDIR);
    if (!gone && gone.error() == Errno{ENOENT}) return {};
    return gone;
}

Sys<> remove_or_make_mutable(int directory, char const* name) {
    auto gone = remove_one(directory, name);
    if (gone || gone.error() != Errno{EPERM}) return gone;
    make_mutable(directory, name);
    make_mutable(directory, ".");
    return remove_one(directory, name);
}

/// Calls `act` with each name; if the directory changes meanwhile, it may miss some.
template <class Act>
Sys<> each_name(int directory, Act const& act) {
    alignas(sys::DirectoryEntry) std::byte buffer[4096];
    for (;;) {
        auto const size = TRY(sys::getdents64(directory, buffer, sizeof buffer));
        if (size == 0) return {};
        for (std::size_t at = 0; at < size;) {
            auto const* const entry = reinterpret_cast<sys::DirectoryEntry const*>(buffer + at);
            if (!is_self_or_parent(entry->name)) TRY(act(entry->name));
            at += entry->length;
        }
    }
}

Sys<Fd> open_directory(int parent, char const* name) {
    return sys::openat2(parent, name, O_RDONLY | O_DIRECTORY, beneath);
}

/// Moves the directory `name` of `from` to `top`, under a free name there.
Sys<> raise(int from, char const* name, int top, unsigned& next) {
    for (bool first_refusal = true;;) {
        char digits[12];
        auto const number = decimal(next++, digits);
        auto const moved = sys::renameat2(from, name, top, number.data(), RENAME_NOREPLACE);
        if (moved || moved.error() == Errno{ENOENT}) return {};
        bool const refused = moved.error() == Errno{EPERM};
        if (moved.error() != Errno{EEXIST} && !(refused && first_refusal)) return moved;
        if (!refused) continue;
        first_refusal = false;
        make_mutable(from, name);
        make_mutable(top, ".");
    }
}

/// Empties the directory `name` of `top`, and removes it.
Sys<> dissolve(int top, char const* name, unsigned& next, sys::Deadline const& until) {
    auto const directory = open_directory(top, name);
    if (!directory) return {}; // removed, or no directory: the next round sees it
    TRY(each_name(directory->number(), [&](char const* inner) -> Sys<> {
        if (until.passed()) return std::unexpected(Errno{ENOTEMPTY});
        auto const gone = remove_or_make_mutable(directory->number(), inner);
        if (gone || gone.error() != Errno{ENOTEMPTY}) return gone;
        return raise(directory->number(), inner, top, next);
    }));
    auto const gone = remove_or_make_mutable(top, name);
    return gone || gone.error() == Errno{ENOTEMPTY} ? Sys<>{} : gone;
}

} // namespace

Sys<> remove_tree(int parent, char const* name, sys::Deadline const& until) {
    unsigned next = 0;
    for (;;) {
        auto const gone = remove_or_make_mutable(parent, name);
        if (gone || gone.error() != Errno{ENOTEMPTY} || until.passed()) return gone;
        auto const top = TRY(open_directory(parent, name));
        TRY(each_name(top.number(), [&](char const* inner) -> Sys<> {
            if (until.passed()) return std::unexpected(Errno{ENOTEMPTY});
            auto const removed = remove_or_make_mutable(top.number(), inner);
            if (removed || removed.error() != Errno{ENOTEMPTY}) return removed;
            return dissolve(top.number(), inner, next, until);
        }));
    }
}

} // namespace davit::safe
