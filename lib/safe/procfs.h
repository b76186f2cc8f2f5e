// SPDX-License-Identifier: Apache-2.0
// safe/procfs.h - the one door to /proc: a directory that is proven to be procfs. Runs in: both.
//
// Files are opened below the verified directory; no other mount and no link out may be on the way.
// A write to oom_score_adj, a sysctl or a security label reaches just that file (CVE-2019-16884,
// CVE-2025-52881).
#pragma once

#include "sys/file.h"

namespace davit::safe {

class Procfs {
  public:
    /// The caller's /proc. EXDEV if something else is there.
    static Sys<Procfs> open();
    /// A new procfs of the caller's pid namespace. It is mounted nowhere: no other process can
    /// mount anything into it. EPERM without rights over that namespace.
    static Sys<Procfs> make();
    /// make(), or else open(): a new user namespace with the host's pid namespace allows only
    /// /proc.
    static Sys<Procfs> make_or_open();

    [[nodiscard]] int number() const { return root_.number(); }

    /// Opens /proc/PATH; refuses any link in it.
    [[nodiscard]] Sys<Fd> open_file(char const* path, int flags) const;
    /// /proc/PID/NAME.
    [[nodiscard]] Sys<Fd> open_file(int pid, char const* name, int flags) const;
    /// NAME of the calling thread. Its number in this procfs may differ from the one that it knows.
    [[nodiscard]] Sys<Fd> open_own(char const* name, int flags) const;

    /// The namespace behind /proc/PID/ns/NAME: "user", "mnt", …
    [[nodiscard]] Sys<NsFd> open_namespace(int pid, char const* name) const;

    /// The root directory of a process, in that process's own mount namespace.
    [[nodiscard]] Sys<PathFd> open_root(int pid) const;

  private:
    explicit Procfs(PathFd root) : root_(std::move(root)) {}
    PathFd root_;
};

} // namespace davit::safe
