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

/// io.containerd.cgroups.v2.Metrics, or v1.Metrics, as `stats` came. Network interfaces are left
/// out, as by the reference shim: a pod's are the CRI's to count.
[[nodiscard]] Any metrics(Stats const& stats);

// Its two halves.
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
