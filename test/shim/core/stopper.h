// SPDX-License-Identifier: Apache-2.0
// test/shim/core/stopper.h - a container that stops every process which it sees, as soon as it is
// told. It has the same user as davit's processes, and no capability.
#pragma once

#include <unistd.h>

#include <chrono>
#include <string>

#include "shim.h"

namespace host {

/// root without a capability.
inline void plain(Bundle& bundle) {
    for (auto const* set : {"bounding", "effective", "permitted", "ambient", "inheritable"})
        bundle.set(std::string("/process/capabilities/") + set, "[]");
}

inline void stopper(Bundle& bundle) {
    add_busybox(bundle);
    plain(bundle);
    bundle.set("/process/args",
               json_list(shell("until [ -e /now ]; do sleep 0.01; done; "
                               "echo >/runs; while :; do kill -STOP -1 2>/dev/null; done")));
    bundle.set("/root/readonly", "false");
}

inline void begin_stopping(Bundle const& bundle) {
    write_file(bundle.rootfs("/now"), "");
    for (auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
         !exists(bundle.rootfs("/runs"));) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        ::usleep(1000);
    }
}

} // namespace host
