// SPDX-License-Identifier: Apache-2.0
// davit/oom.h - learning that the kernel killed a process in a container for lack of memory.
#pragma once

#include <cstdint>
#include <memory>

#include "davit/result.h"

namespace davit {

/// Counts from the return of Container::watch_oom() on. For an event loop: call read() when fd()
/// polls readable (POLLIN). Not thread-safe.
class OomWatch {
  public:
    OomWatch(OomWatch&&) noexcept;
    OomWatch& operator=(OomWatch&&) noexcept;
    ~OomWatch();

    [[nodiscard]] int fd() const;

    struct News {
        /// Since the last read(): processes killed (cgroup v2); how often the limit was hit and the
        /// kernel could reclaim nothing (v1).
        std::uint64_t count = 0;
        /// The container's cgroup has no processes (v2) or doesn't exist (v1) any more: no news
        /// will follow. News that was not read before the cgroup's removal is lost.
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
