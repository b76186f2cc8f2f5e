// SPDX-License-Identifier: Apache-2.0
// shim/containerd/time.h - a moment as google.protobuf.Timestamp.
#pragma once

#include <chrono>

#include "containerd/types.h"

namespace davit::shim::containerd {

[[nodiscard]] inline Timestamp timestamp(std::chrono::system_clock::time_point moment) {
    using std::chrono::floor, std::chrono::nanoseconds, std::chrono::seconds;
    auto const since = moment.time_since_epoch();
    auto const whole = floor<seconds>(since);
    return {.seconds = whole.count(),
            .nanos = static_cast<std::int32_t>(nanoseconds(since - whole).count())};
}

} // namespace davit::shim::containerd
