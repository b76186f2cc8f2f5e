// SPDX-License-Identifier: Apache-2.0
// launch/wait.cc - waiting for init, with an end. Runs in: parent. ppoll(2), proc(5).
#include "launch/wait.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "safe/process_stat.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::launch {

namespace {

using namespace std::chrono_literals;

/// After so long a silence the parent looks for the reason.
constexpr std::chrono::nanoseconds longest_silence = 2s;

bool is_held(char state) { return state == 'T' || state == 't'; }

std::string in_words(std::chrono::milliseconds time) {
    auto const count = time.count();
    return count % 1000 ? text(count, " ms") : text(count / 1000, " s");
}

} // namespace

bool Wait::is_frozen() const {
    return others_.frozen && cgroup::is_frozen(*others_.frozen).value_or(false);
}

/// Success: go on waiting.
Sys<> Wait::after_silence(bool whole, std::chrono::nanoseconds slice, int pid) {
    auto const now = sys::monotonic_ns();
    if (!begin_) begin_ = now - (whole ? slice.count() : 0);
    if (whole && others_.on_silence) others_.on_silence();
    if (whole && others_.container_pid) {
        auto const container = safe::process_stat(others_.container_pid);
        if (container && container->is_exiting()) return std::unexpected(Errno{ESRCH});
    }
    if (!others_.may_be_frozen && whole && is_frozen()) return std::unexpected(Errno{EBUSY});
    std::chrono::nanoseconds const waited(now - *begin_);
    if (waited < patience_.limit) return {};
    if (others_.may_be_frozen && is_frozen()) {
        renew();
        return {};
    }
    auto const stat = safe::process_stat(pid);
    state_ = stat ? stat->state : char{0};
    if (is_held(state_) || (has_an_end() && waited >= patience_.longest))
        return std::unexpected(Errno{ETIMEDOUT});
    return {};
}

Sys<> Wait::for_word(Channel const& channel, PidFd const& process, int pid) {
    auto const slice = std::min<std::chrono::nanoseconds>(longest_silence, patience_.limit);
    timespec const time{slice.count() / 1'000'000'000, slice.count() % 1'000'000'000};
    for (;;) {
        pollfd watched[] = {{channel.number(), POLLIN, 0},
                            {process.number(), POLLIN, 0},
                            {others_.container, POLLIN, 0}, // -1, if there is none, is skipped
                            {patience_.cancel, POLLIN, 0}};
        auto const ready = sys::ppoll(watched, std::size(watched), &time);
        if (!ready && ready.error() != Errno{EINTR}) return std::unexpected(ready.error());
        if (watched[0].revents) return {};
        if (watched[1].revents) return std::unexpected(Errno{EPIPE});
        if (watched[2].revents) return std::unexpected(Errno{ESRCH});
        if (watched[3].revents) return std::unexpected(Errno{ECANCELED});
        TRY(after_silence(ready.has_value(), slice, pid));
    }
}

Error Wait::story(Errno e) const {
    auto const story = [&] {
        if (e == Errno{ECANCELED})
            return std::string("cancelled before the process ran its program");
        if (!is_held(state_))
            return text("the process has not come to its program within ",
                        in_words(std::max(patience_.limit, patience_.longest)), " (state ",
                        std::string_view(&state_, state_ ? 1 : 0), " in /proc/PID/stat)");
        auto const* const how = state_ == 'T' ? "stopped (state T)" : "traced (state t)";
        return text("the process was ", how, " for ", in_words(patience_.limit),
                    " before it ran its program");
    }();
    return {Kind::system, e.value, text(story, ": it is killed")};
}

} // namespace davit::launch
