// SPDX-License-Identifier: Apache-2.0
// launch/wait.h - how long the parent listens to init, and what else it watches. Runs in: parent.
//
// A process that shares a pid namespace and a user with init may stop it (SIGSTOP) again and again;
// one that may trace it can halt it for ever. So every wait has an end. The parent reads the clock
// only after a silence: a verb that goes well pays nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "davit/runtime.h"
#include "launch/channel.h"
#include "parts/cgroup/cgroup.h"

namespace davit::launch {

/// All waits of one verb for one init share one time limit.
class Wait {
  public:
    struct Others {
        int container = -1; ///< a pidfd: its end is the end of the wait (ESRCH)
        /// Looked at after each silence. The container's process 1 may be on its way out, and stay
        /// so until the wait is over: the kernel waits for each process of the pid namespace to be
        /// reaped, and one of them is init's second process.
        int container_pid = 0;
        std::vector<cgroup::Place> const* frozen = nullptr; ///< a frozen init is not to blame
        bool may_be_frozen = false;                         ///< else EBUSY: these groups are new
        bool may_be_slow = false; ///< mounts and hooks take their time: no Patience::longest
        std::function<void()> on_silence = {}; ///< called after each silence; must not wait
    };

    explicit Wait(Patience const& patience) : Wait(patience, Others()) {}
    Wait(Patience const& patience, Others others)
        : patience_(patience), others_(std::move(others)) {}

    /// Waits for a message; a sent one counts before any end. EPIPE: `process` has ended (the
    /// socket alone doesn't tell: a child of another thread may hold init's end). ETIMEDOUT,
    /// ECANCELED: see story().
    Sys<> for_word(Channel const& channel, PidFd const& process, int pid);

    /// Starts the time anew, after the caller's own work.
    void renew() { begin_.reset(); }

    /// Whether a wait has ended for such a reason, and its story.
    [[nodiscard]] static bool is_ours(Errno e) {
        return e == Errno{ETIMEDOUT} || e == Errno{ECANCELED};
    }
    [[nodiscard]] Error story(Errno e) const;

  private:
    Sys<> after_silence(bool whole, std::chrono::nanoseconds slice, int pid);
    [[nodiscard]] bool is_frozen() const;
    [[nodiscard]] bool has_an_end() const { return !others_.may_be_slow; }

    Patience patience_;
    Others others_;
    std::optional<std::int64_t> begin_; ///< sys::monotonic_ns(), from the first silence on
    char state_ = 0;                    ///< of a process that took too long, as in /proc/PID/stat
};

} // namespace davit::launch
