// SPDX-License-Identifier: Apache-2.0
// safe/root.h - the one door to paths below a container's root. Runs in: both.
//
// The tree is hostile and changes during a lookup: every lookup is one openat2(2) that cannot leave
// the root. Its result is an fd; the path is never used again. openat2(2), path_resolution(7).
#pragma once

#include "sys/file.h"

namespace davit::safe {

/// Where to make something: a directory inside the root, and one name in it.
struct Place {
    PathFd directory;
    char const* name; ///< the last name of the path; has no "/"
};

class Root {
  public:
    Root() = default;
    /// `root` is a directory; "/" and ".." in paths don't lead out of it.
    explicit Root(PathFd root) : root_(std::move(root)) {}

    [[nodiscard]] int number() const { return root_.number(); }

    /// What `path` leads to; follows symbolic links inside the root, never magic links.
    [[nodiscard]] Sys<PathFd> find(char const* path, int flags = 0) const;

    /// The same, but fails with ELOOP if any name of the path is a symbolic link.
    [[nodiscard]] Sys<PathFd> find_real(char const* path, int flags = 0) const;

    /// Opens a file for reading or writing (`flags` of open(2), no O_CREAT).
    [[nodiscard]] Sys<Fd> open(char const* path, int flags) const;

    /// The directory `path`. Makes it (0755, or `mode`) and its parents if missing; where a link
    /// leads to nothing, at the place that the link names. `led_by_link`: whether there was any
    /// link.
    [[nodiscard]] Sys<PathFd> make_directories(char const* path, unsigned mode = 0755,
                                               bool* led_by_link = nullptr) const;

    /// The directory that holds the last name of `path`, and that name; makes the directory if
    /// missing. `path` is clean and absolute (clean_path()); EINVAL for "/".
    [[nodiscard]] Sys<Place> place(char const* path) const;

    /// What is at `path`. If nothing is, makes an empty file (0644) there, or at the place that its
    /// link names.
    [[nodiscard]] Sys<PathFd> make_file(char const* path) const;

  private:
    [[nodiscard]] Sys<PathFd> lookup(char const* path, int flags, unsigned long long resolve) const;
    PathFd root_;
};

/// The path of an fd below /proc/self/fd, for calls that take only a path.
struct FdPath {
    explicit FdPath(int fd);
    char text[32];
};

} // namespace davit::safe
