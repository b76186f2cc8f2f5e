// SPDX-License-Identifier: Apache-2.0
// shim/containerd/metrics_v1.cc - statistics as io.containerd.cgroups.v1.Metrics.
#include "containerd/metrics.h"
#include "containerd/stats_messages.h"

namespace davit::shim::containerd {

namespace cgroups_v1 {

namespace {

constexpr MemoryDetail<MemoryStat> details[] = {
    {"cache", &MemoryStat::cache},
    {"rss", &MemoryStat::rss},
    {"rss_huge", &MemoryStat::rss_huge},
    {"mapped_file", &MemoryStat::mapped_file},
    {"dirty", &MemoryStat::dirty},
    {"writeback", &MemoryStat::writeback},
    {"pgpgin", &MemoryStat::pg_pg_in},
    {"pgpgout", &MemoryStat::pg_pg_out},
    {"pgfault", &MemoryStat::pg_fault},
    {"pgmajfault", &MemoryStat::pg_maj_fault},
    {"inactive_anon", &MemoryStat::inactive_anon},
    {"active_anon", &MemoryStat::active_anon},
    {"inactive_file", &MemoryStat::inactive_file},
    {"active_file", &MemoryStat::active_file},
    {"unevictable", &MemoryStat::unevictable},
    {"hierarchical_memory_limit", &MemoryStat::hierarchical_memory_limit},
    {"hierarchical_memsw_limit", &MemoryStat::hierarchical_swap_limit},
    {"total_cache", &MemoryStat::total_cache},
    {"total_rss", &MemoryStat::total_rss},
    {"total_rss_huge", &MemoryStat::total_rss_huge},
    {"total_mapped_file", &MemoryStat::total_mapped_file},
    {"total_dirty", &MemoryStat::total_dirty},
    {"total_writeback", &MemoryStat::total_writeback},
    {"total_pgpgin", &MemoryStat::total_pg_pg_in},
    {"total_pgpgout", &MemoryStat::total_pg_pg_out},
    {"total_pgfault", &MemoryStat::total_pg_fault},
    {"total_pgmajfault", &MemoryStat::total_pg_maj_fault},
    {"total_inactive_anon", &MemoryStat::total_inactive_anon},
    {"total_active_anon", &MemoryStat::total_active_anon},
    {"total_inactive_file", &MemoryStat::total_inactive_file},
    {"total_active_file", &MemoryStat::total_active_file},
    {"total_unevictable", &MemoryStat::total_unevictable},
};

std::optional<MemoryEntry> entry(std::optional<Stats::Memory::Use> const& use) {
    if (!use) return {};
    return MemoryEntry{
        .limit = use->limit, .usage = use->usage, .max = use->peak, .failcnt = use->failures};
}

MemoryStat memory(Stats::Memory const& from) {
    auto to = memory_details(details, from);
    to.usage = entry(from.use);
    to.swap = entry(from.with_swap);
    to.kernel = entry(from.kernel);
    to.kernel_tcp = entry(from.kernel_tcp);
    return to;
}

CPUStat cpu(Stats::Cpu const& from) {
    return {.usage = CPUUsage{.total = from.total_ns,
                              .kernel = from.system_ns,
                              .user = from.user_ns,
                              .per_cpu = from.each_ns},
            .throttling = Throttle{.periods = from.periods,
                                   .throttled_periods = from.throttled_periods,
                                   .throttled_time = from.throttled_ns}};
}

std::vector<BlkIOEntry> entries(Stats::Io::Entries const& from) {
    std::vector<BlkIOEntry> to;
    for (auto const& it : from)
        to.push_back({.op = it.operation,
                      .device = {},
                      .major = it.major,
                      .minor = it.minor,
                      .value = it.value});
    return to;
}

BlkIOStat io(Stats::Io const& from) {
    return {.io_service_bytes_recursive = entries(from.bytes),
            .io_serviced_recursive = entries(from.operations),
            .io_queued_recursive = entries(from.queued),
            .io_service_time_recursive = entries(from.service_time_ns),
            .io_wait_time_recursive = entries(from.wait_time_ns),
            .io_merged_recursive = entries(from.merged),
            .io_time_recursive = entries(from.time_ms),
            .sectors_recursive = entries(from.sectors)};
}

Metrics all(Stats const& stats) {
    Metrics to;
    for (auto const& it : stats.hugetlb)
        to.hugetlb.push_back({.usage = it.used.usage,
                              .max = it.used.peak,
                              .failcnt = it.used.failures,
                              .pagesize = it.page_size});
    // The kernel's "max" is 0 here, as containerd reads pids.max of v1.
    if (stats.pids)
        to.pids = PidsStat{stats.pids->current,
                           stats.pids->limit == Stats::no_limit ? 0 : stats.pids->limit};
    if (stats.cpu) to.cpu = cpu(*stats.cpu);
    if (stats.memory) {
        to.memory = memory(*stats.memory);
        if (auto const& oom = stats.memory->oom_control)
            to.memory_oom_control =
                MemoryOomControl{oom->oom_kill_disable, oom->under_oom, oom->oom_kill};
    }
    if (stats.io) to.blkio = io(*stats.io);
    to.rdma = rdma(stats);
    return to;
}

} // namespace

} // namespace cgroups_v1

Any metrics_v1(Stats const& stats) { return wire::pack(cgroups_v1::all(stats)); }

} // namespace davit::shim::containerd
