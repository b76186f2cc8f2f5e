// SPDX-License-Identifier: Apache-2.0
// shim/containerd/metrics.h - a container's statistics as containerd's clients know them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "containerd/stats_messages.h"
#include "containerd/types.h"
#include "davit/stats.h"

namespace davit::shim::containerd {

/// io.containerd.cgroups.v2.Metrics, or v1.Metrics, by the cgroup version of `stats`. Leaves out
/// network interfaces, as the reference shim does: the CRI counts a pod's.
[[nodiscard]] Any metrics(Stats const& stats);

// Its parts for v1 and v2.
[[nodiscard]] Any metrics_v1(Stats const& stats);
[[nodiscard]] Any metrics_v2(Stats const& stats);

/// Nothing on a host without RDMA devices.
[[nodiscard]] std::optional<RdmaStat> rdma(Stats const& stats);

/// A line of memory.stat, and where it goes.
template <class MemoryStat>
struct MemoryDetail {
    std::string_view name;
    std::uint64_t MemoryStat::* member;
};

template <class MemoryStat, std::size_t count>
MemoryStat memory_details(MemoryDetail<MemoryStat> const (&rows)[count],
                          Stats::Memory const& from) {
    MemoryStat to;
    for (auto const& [name, member] : rows)
        if (auto const line = from.details.find(std::string(name)); line != from.details.end())
            to.*member = line->second;
    return to;
}

} // namespace davit::shim::containerd
