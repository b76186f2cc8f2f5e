// SPDX-License-Identifier: Apache-2.0
// sys/deadline.h - waiting, but not for ever. Runs in: parent. ppoll(2), clock_gettime(2).
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "sys/process.h"
#include "sys/socket.h"

namespace davit::sys {

/// The point in time at which all waits of one task must end.
class Deadline {
  public:
    explicit Deadline(std::chrono::nanoseconds from_now)
        : end_(monotonic_ns() + from_now.count()) {}

    /// This one, or `from_now` if that is sooner.
    [[nodiscard]] Deadline within(std::chrono::nanoseconds from_now) const {
        Deadline sooner(from_now);
        sooner.end_ = std::min(sooner.end_, end_);
        return sooner;
    }

    [[nodiscard]] bool passed() const { return monotonic_ns() >= end_; }

    /// Waits until `fd` (none: -1) is ready for `events`; false if it isn't by the deadline.
    bool wait(int fd, short events) const {
        for (;;) {
            auto const left = std::max<std::int64_t>(end_ - monotonic_ns(), 0);
            timespec const time{left / 1'000'000'000, left % 1'000'000'000};
            pollfd watched{fd, events, 0};
            auto const ready = ppoll(&watched, fd < 0 ? 0 : 1, &time);
            if (ready && *ready > 0) return true;
            if (left == 0) return false;
        }
    }

    void sleep(std::chrono::nanoseconds at_most) const { within(at_most).wait(-1, 0); }

  private:
    std::int64_t end_;
};

} // namespace davit::sys
