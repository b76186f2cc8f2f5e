// SPDX-License-Identifier: Apache-2.0
// sys/notify.h - fds that become readable when something happens. Runs in: both.
#pragma once

#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

/// read(2) gives the sum of the signalled values as 8 bytes, and resets it to 0.
inline Sys<Fd> eventfd(int flags) { return raw::opened<Fd>(SYS_eventfd2, 0, flags | EFD_CLOEXEC); }

inline Sys<Fd> inotify(int flags) { return raw::opened<Fd>(SYS_inotify_init1, flags | IN_CLOEXEC); }
/// `events` is a set of IN_*. Returns the number of the watch; its events carry it.
inline Sys<int> inotify_add_watch(int inotify, char const* path, unsigned events) {
    auto const watch = raw::call(SYS_inotify_add_watch, inotify, path, events);
    if (!watch) return std::unexpected(watch.error());
    return static_cast<int>(*watch);
}

} // namespace davit::sys
