// SPDX-License-Identifier: Apache-2.0
// safe/root.h - the one door to paths below a container's root. Runs in: both.
//
// The tree is hostile and changes while we look: every lookup is one openat2(2) that cannot leave
// the root, its result is an fd, and the path is never used again. openat2(2), path_resolution(7).
#pragma once

#include "sys/file.h"

namespace davit::safe {

/// Where something is to be made: a directory inside the root, and one name in it.
struct Place {
    PathFd directory;
    char const* name; ///< the tail of the path that was asked for; has no "/"
};

class Root {
  public:
    Root() = default;
    /// `root` is a directory that "/" and ".." will not lead out of.
    explicit Root(PathFd root) : root_(std::move(root)) {}

    [[nodiscard]] int number() const { return root_.number(); }

    /// What `path` leads to, symbolic links being followed inside the root. Magic links never are.
    [[nodiscard]] Sys<PathFd> find(char const* path, int flags = 0) const;

    /// The same for a path in which nothing may be a symbolic link: ELOOP if something is.
    [[nodiscard]] Sys<PathFd> find_real(char const* path, int flags = 0) const;

    /// Opens a file for reading or writing (`flags` of open(2), no O_CREAT).
    [[nodiscard]] Sys<Fd> open(char const* path, int flags) const;

    /// The directory `path`, made (0755, or `mode`) with all that lead to it where missing; behind
    /// a link to nothing, where the link says. `led_by_link`: whether there was any link.
    [[nodiscard]] Sys<PathFd> make_directories(char const* path, unsigned mode = 0755,
                                               bool* led_by_link = nullptr) const;

    /// The directory that holds the last name of `path`, made where missing, and that name.
    /// `path` is clean and absolute (clean_path()); EINVAL for "/".
    [[nodiscard]] Sys<Place> place(char const* path) const;

    /// What is at `path`; an empty file (0644) is made there, or where its link says, if nothing
    /// is.
    [[nodiscard]] Sys<PathFd> make_file(char const* path) const;

  private:
    [[nodiscard]] Sys<PathFd> lookup(char const* path, int flags, unsigned long long resolve) const;
    PathFd root_;
};

/// An fd's name below /proc/self/fd, for the calls that take only a path.
struct FdPath {
    explicit FdPath(int fd);
    char text[32];
};

} // namespace davit::safe
