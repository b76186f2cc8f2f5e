// SPDX-License-Identifier: Apache-2.0
// launch/wait.h - how long the parent listens to init, and to whom else meanwhile. Runs in: parent.
//
// Who shares a pid namespace and a user with init may stop it (SIGSTOP) as often as they like, and
// who may trace it can let it do nothing for ever. So no wait is without an end. The clock is asked
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

/// All waits of one verb for one init: they share one limit of time.
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

    /// Until there is a message; what was said last comes first. EPIPE: `process` has ended (the
    /// socket alone doesn't tell: another thread's child may hold its other end). ETIMEDOUT,
    /// ECANCELED: see story().
    Sys<> for_word(Channel const& channel, PidFd const& process, int pid);

    /// Begins anew, after what the caller itself has done meanwhile.
    void renew() { begin_.reset(); }

    /// Whether that is why a wait has ended, and its story.
    [[nodiscard]] static bool is_ours(Errno e) {
        return e == Errno{ETIMEDOUT} || e == Errno{ECANCELED};
    }
    [[nodiscard]] Error story(Errno e) const;

  private:
    Sys<> after_silence(bool whole, std::chrono::nanoseconds slice, int pid);
    [[nodiscard]] bool is_frozen() const;
    [[nodiscard]] bool has_an_end() const { return patience_.cancel < 0 && !others_.may_be_slow; }

    Patience patience_;
    Others others_;
    std::optional<std::int64_t> begin_; ///< sys::monotonic_ns(), from the first silence on
    char state_ = 0;                    ///< of a process that took too long, as in /proc/PID/stat
};

} // namespace davit::launch
