// SPDX-License-Identifier: Apache-2.0
// shim/containerd/metrics_v2.cc - statistics as io.containerd.cgroups.v2.Metrics.
#include "containerd/metrics.h"
#include "containerd/stats_messages.h"

namespace davit::shim::containerd {

namespace cgroups_v2 {

namespace {

constexpr MemoryDetail<MemoryStat> details[] = {
    {"anon", &MemoryStat::anon},
    {"file", &MemoryStat::file},
    {"kernel_stack", &MemoryStat::kernel_stack},
    {"slab", &MemoryStat::slab},
    {"sock", &MemoryStat::sock},
    {"shmem", &MemoryStat::shmem},
    {"file_mapped", &MemoryStat::file_mapped},
    {"file_dirty", &MemoryStat::file_dirty},
    {"file_writeback", &MemoryStat::file_writeback},
    {"anon_thp", &MemoryStat::anon_thp},
    {"inactive_anon", &MemoryStat::inactive_anon},
    {"active_anon", &MemoryStat::active_anon},
    {"inactive_file", &MemoryStat::inactive_file},
    {"active_file", &MemoryStat::active_file},
    {"unevictable", &MemoryStat::unevictable},
    {"slab_reclaimable", &MemoryStat::slab_reclaimable},
    {"slab_unreclaimable", &MemoryStat::slab_unreclaimable},
    {"pgfault", &MemoryStat::pgfault},
    {"pgmajfault", &MemoryStat::pgmajfault},
    {"workingset_refault", &MemoryStat::workingset_refault}, // until Linux 5.9
    {"workingset_activate", &MemoryStat::workingset_activate},
    {"workingset_nodereclaim", &MemoryStat::workingset_nodereclaim},
    {"pgrefill", &MemoryStat::pgrefill},
    {"pgscan", &MemoryStat::pgscan},
    {"pgsteal", &MemoryStat::pgsteal},
    {"pgactivate", &MemoryStat::pgactivate},
    {"pgdeactivate", &MemoryStat::pgdeactivate},
    {"pglazyfree", &MemoryStat::pglazyfree},
    {"pglazyfreed", &MemoryStat::pglazyfreed},
    {"thp_fault_alloc", &MemoryStat::thp_fault_alloc},
    {"thp_collapse_alloc", &MemoryStat::thp_collapse_alloc},
    {"workingset_refault_anon", &MemoryStat::workingset_refault_anon},
    {"workingset_refault_file", &MemoryStat::workingset_refault_file},
    {"workingset_activate_anon", &MemoryStat::workingset_activate_anon},
    {"workingset_activate_file", &MemoryStat::workingset_activate_file},
};

PSIData pressure(Stats::Pressure::Share const& from) {
    return {from.avg10, from.avg60, from.avg300, from.total_us};
}
std::optional<PSIStats> pressure(std::optional<Stats::Pressure> const& from) {
    if (!from) return {};
    return PSIStats{pressure(from->some), pressure(from->full)};
}

CPUStat cpu(Stats::Cpu const& from) {
    return {.usage_usec = from.total_ns / 1000,
            .user_usec = from.user_ns / 1000,
            .system_usec = from.system_ns / 1000,
            .nr_periods = from.periods,
            .nr_throttled = from.throttled_periods,
            .throttled_usec = from.throttled_ns / 1000,
            .psi = pressure(from.pressure),
            .nr_bursts = from.bursts,
            .burst_usec = from.burst_ns / 1000};
}

MemoryStat memory(Stats::Memory const& from) {
    auto to = memory_details(details, from);
    if (from.use) {
        to.usage = from.use->usage;
        to.usage_limit = from.use->limit;
        to.max_usage = from.use->peak;
    }
    if (from.swap) {
        to.swap_usage = from.swap->usage;
        to.swap_limit = from.swap->limit;
        to.swap_max_usage = from.swap->peak;
    }
    to.psi = pressure(from.pressure);
    return to;
}

IOStat io(Stats::Io const& from) {
    IOStat to{.usage = {}, .psi = pressure(from.pressure)};
    for (auto const& it : from.devices)
        to.usage.push_back({.major = it.major,
                            .minor = it.minor,
                            .rbytes = it.read_bytes,
                            .wbytes = it.written_bytes,
                            .rios = it.reads,
                            .wios = it.writes});
    return to;
}

Metrics all(Stats const& stats) {
    Metrics to;
    if (stats.pids) to.pids = PidsStat{stats.pids->current, stats.pids->limit};
    if (stats.cpu) to.cpu = cpu(*stats.cpu);
    if (stats.memory) {
        to.memory = memory(*stats.memory);
        if (auto const& events = stats.memory->events)
            to.memory_events = MemoryEvents{events->low, events->high,     events->max,
                                            events->oom, events->oom_kill, events->oom_group_kill};
    }
    to.rdma = rdma(stats);
    if (stats.io) to.io = io(*stats.io);
    for (auto const& it : stats.hugetlb)
        to.hugetlb.push_back({.current = it.used.usage,
                              .max = it.used.limit,
                              .pagesize = it.page_size,
                              .failcnt = it.used.failures});
    return to;
}

} // namespace

} // namespace cgroups_v2

namespace {

std::vector<RdmaEntry> entries(std::vector<Stats::Rdma> const& from) {
    std::vector<RdmaEntry> to;
    for (auto const& it : from) to.push_back({it.device, it.handles, it.objects});
    return to;
}

} // namespace

std::optional<RdmaStat> rdma(Stats const& stats) {
    if (stats.rdma.empty() && stats.rdma_limits.empty()) return {};
    return RdmaStat{entries(stats.rdma), entries(stats.rdma_limits)};
}

Any metrics_v2(Stats const& stats) { return wire::pack(cgroups_v2::all(stats)); }

Any metrics(Stats const& stats) { return stats.is_v2 ? metrics_v2(stats) : metrics_v1(stats); }

} // namespace davit::shim::containerd
