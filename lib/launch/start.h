// SPDX-License-Identifier: Apache-2.0
// launch/start.h - starting init. Runs in: parent.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "launch/channel.h"

namespace davit::launch {

/// time_namespaces(7).
struct TimeNamespace {
    int proc = -1;       ///< the root of a procfs
    std::string offsets; ///< for /proc/PID/timens_offsets; empty: none
};

struct StartOptions {
    Fd const& image;               ///< from open_image()
    std::uint64_t clone_flags = 0; ///< CLONE_NEW*
    int cgroup = -1;               ///< the v2 group in which init is born
    std::span<Fd const> tasks;  ///< v1 `tasks` files that it writes itself into before it is init;
                                ///< a v2 `cgroup.procs` does as well
    int const* stdio = nullptr; ///< three fds
    unsigned preserve_fds = 0;
    bool user_namespace = false; ///< a new one: init waits for Mapped, then becomes its root
    TimeNamespace const* time = nullptr; ///< init gets a new one
    /// sched_setaffinity(2): before init moves into `tasks` (empty: the caller's CPUs), and after
    /// (empty: all CPUs of its cpuset).
    std::span<std::uint64_t const> cpus_before, cpus_after;
};

/// A started init. Its destructor kills and reaps init unless let_go() was called: a failed create
/// leaves no process.
class Started {
  public:
    Started(Started&&) noexcept;
    Started& operator=(Started&&) = delete;
    ~Started();

    Channel channel;
    PidFd process;
    int pid = 0; ///< in the caller's pid namespace

    /// init handed over to a second process, which is the container's from now on. The first is
    /// about to exit; let_go() or the destructor reaps it, when it has surely ended.
    void replace(int pid, PidFd process);

    /// Reaps the first process if it has ended, else kills it: it has no more work. Doesn't wait:
    /// call it again.
    void spare_first();

    /// The process stays alive: it is the container's from now on.
    void let_go();

  private:
    friend Result<Started> start_init(StartOptions const& options);
    Started() = default;
    PidFd first_; ///< the first process, which handed over
    bool owned_ = true;
};

/// Kind::denied or system if the process can't be made. If it couldn't become init, that comes
/// later, as a Failed of StepId::take_plan. Thread-safe; blocks the calling thread's signals for a
/// moment.
Result<Started> start_init(StartOptions const& options);

} // namespace davit::launch
