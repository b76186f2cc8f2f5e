// SPDX-License-Identifier: Apache-2.0
// tools/notify.h - passes on to davit's caller that a container is ready: sd_notify(3).
#pragma once

#include <string>

#include "davit/runtime.h"
#include "log.h"

namespace davit::cli {

/// Whether the caller wants to know when the container is ready: $NOTIFY_SOCKET.
[[nodiscard]] bool notification_wanted();

/// Listens at the container's socket until a process in it says READY=1. Tells the caller's socket
/// only that: the container may be hostile.
class NotifyRelay {
  public:
    NotifyRelay() = default; ///< the caller doesn't want to know

    /// davit calls it before the container starts. A failure is only a warning: the user asked for
    /// the container.
    static NotifyRelay open(Container const& container, Log const& log);

    /// When this is readable, call read_some(). -1: there is nothing (more) to wait for.
    [[nodiscard]] int fd() const { return container_.number(); }

    /// Takes one datagram, without waiting for it. `main_pid`: the process that the caller should
    /// watch from then on.
    void read_some(int main_pid);

    /// For a davit that ends before the container does: waits for READY=1, and then until the
    /// caller has taken notice of it, 30 s at most; or until `process` has ended without a word.
    void accompany(PidFd const& process, int main_pid);

  private:
    [[nodiscard]] bool hears_ready() const;
    void wait_for_caller();

    Fd container_; ///< where it sends to
    Fd caller_;    ///< connected to $NOTIFY_SOCKET
    bool told_ = false;
};

} // namespace davit::cli
