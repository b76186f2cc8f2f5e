// SPDX-License-Identifier: Apache-2.0
// safe/procfs.h - a /proc that is proven to be procfs. Runs in: parent.
//
// Files of a process are opened below one verified directory, and nothing on the way may be a link
// or another mount: what is written to oom_score_adj reaches just that file (CVE-2025-52881).
#pragma once

#include "base/result.h"
#include "sys/file.h"

namespace davit::safe {

class Procfs {
  public:
    /// The caller's /proc. Kind::system if it is something else.
    static Result<Procfs> open();

    [[nodiscard]] int number() const { return root_.number(); }

    /// /proc/PID/NAME.
    [[nodiscard]] Sys<Fd> open_file(int pid, char const* name, int flags) const;

    /// What /proc/PID/ns/NAME stands for: "user", "mnt", …
    [[nodiscard]] Sys<NsFd> open_namespace(int pid, char const* name) const;

  private:
    explicit Procfs(PathFd root) : root_(std::move(root)) {}
    PathFd root_;
};

} // namespace davit::safe
