// SPDX-License-Identifier: Apache-2.0
// launch/wait.h - how long the parent listens to init, and to whom else meanwhile. Runs in: parent.
//
// Who shares a pid namespace and a user with init may stop it (SIGSTOP) as often as they like, and
// who may trace it can let it do nothing for ever. So no wait is without an end. The clock is asked
// only after a silence: a verb that goes well pays nothing.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "davit/runtime.h"
#include "launch/channel.h"
#include "parts/cgroup/cgroup.h"
#include "sys/deadline.h"

namespace davit::launch {

/// All waits of one verb for one init: they share one limit of time.
class Wait {
  public:
    /// Whom the limit ends.
    enum class Limit {
        all,     ///< every init: it has next to nothing to do
        stopped, ///< one that is stopped or traced: mounts and hooks may take their time
    };
    struct Others {
        int container = -1; ///< a pidfd: its end is the end of the wait (ESRCH)
        std::vector<cgroup::Place> const* frozen = nullptr; ///< a frozen init is not to blame
        bool may_be_frozen = false;                         ///< else EBUSY: these groups are new
        std::function<void()> on_silence = {}; ///< called once, should it take its time
    };

    explicit Wait(Patience const& patience, Limit limit = Limit::stopped)
        : Wait(patience, limit, Others()) {}
    Wait(Patience const& patience, Limit limit, Others others)
        : patience_(patience), limit_(limit), others_(std::move(others)) {}

    /// Until there is a message; what was said last comes first. EPIPE: `process` has ended (the
    /// socket alone doesn't tell: another thread's child may hold its other end). ETIMEDOUT,
    /// ECANCELED: see story().
    Sys<> for_word(Channel const& channel, PidFd const& process, int pid);

    /// Begins anew, after what the caller itself has done meanwhile.
    void renew() { end_.reset(); }

    /// Whether that is why a wait has ended, and its story.
    [[nodiscard]] static bool is_ours(Errno e) {
        return e == Errno{ETIMEDOUT} || e == Errno{ECANCELED};
    }
    [[nodiscard]] Error story(Errno e) const;

  private:
    Sys<> after_silence(bool whole, std::chrono::nanoseconds slice, int pid);
    [[nodiscard]] bool is_frozen() const;

    Patience patience_;
    Limit limit_;
    Others others_;
    std::optional<sys::Deadline> end_; ///< from the first silence on
    char state_ = 0;                   ///< of a process that took too long, as in /proc/PID/stat
};

} // namespace davit::launch
