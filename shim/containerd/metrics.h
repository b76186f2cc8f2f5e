// SPDX-License-Identifier: Apache-2.0
// shim/containerd/metrics.h - a container's statistics as containerd's clients know them.
#pragma once

#include "containerd/types.h"
#include "davit/stats.h"

namespace davit::shim::containerd {

/// io.containerd.cgroups.v2.Metrics, or v1.Metrics, as `stats` came. Network interfaces are left
/// out, as by the reference shim: a pod's are the CRI's to count.
[[nodiscard]] Any metrics(Stats const& stats);

// Its two halves.
[[nodiscard]] Any metrics_v1(Stats const& stats);
[[nodiscard]] Any metrics_v2(Stats const& stats);

} // namespace davit::shim::containerd
