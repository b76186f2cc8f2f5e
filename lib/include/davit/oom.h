// SPDX-License-Identifier: Apache-2.0
// davit/oom.h - hearing of it when the kernel kills in a container for want of memory.
#pragma once

#include <cstdint>
#include <memory>

#include "davit/result.h"

namespace davit {

/// Counts from the moment that Container::watch_oom() returns. For an event loop: when fd() polls
/// readable (POLLIN), call read(). Not thread-safe.
class OomWatch {
  public:
    OomWatch(OomWatch&&) noexcept;
    OomWatch& operator=(OomWatch&&) noexcept;
    ~OomWatch();

    [[nodiscard]] int fd() const;

    struct News {
        /// Since the last read(): processes killed on cgroup v2, times the limit was hit without
        /// a way out on v1.
        std::uint64_t count = 0;
        /// The container's cgroup has no processes (v2) or doesn't exist (v1) any more: nothing
        /// will follow. A cgroup that is removed before read() takes its last news with it.
        bool ended = false;
    };
    /// Never waits.
    Result<News> read();

    struct Impl;
    explicit OomWatch(std::unique_ptr<Impl> impl);

  private:
    std::unique_ptr<Impl> impl_;
};

} // namespace davit
