// SPDX-License-Identifier: Apache-2.0
// shim/containerd/stats_messages.h - the statistics of a container, as containerd's clients know
// them. Runs in: shim.
//
// containerd/cgroups cgroup1/stats/metrics.proto, cgroup2/stats/metrics.proto.
// lint: a table may be long
#pragma once

#include "containerd/types.h"

namespace davit::shim::containerd {

// Of both versions.

struct PidsStat {
    std::uint64_t current = 0, limit = 0;
};
constexpr auto fields(Tag<PidsStat>) {
    using M = PidsStat;
    return in_order<&M::current, &M::limit>();
}

struct RdmaEntry {
    std::string device;
    std::uint32_t hca_handles = 0, hca_objects = 0;
};
constexpr auto fields(Tag<RdmaEntry>) {
    using M = RdmaEntry;
    return in_order<&M::device, &M::hca_handles, &M::hca_objects>();
}

struct RdmaStat {
    std::vector<RdmaEntry> current, limit;
};
constexpr auto fields(Tag<RdmaStat>) {
    using M = RdmaStat;
    return in_order<&M::current, &M::limit>();
}

struct NetworkStat {
    std::string name;
    std::uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0, tx_bytes = 0,
                  tx_packets = 0, tx_errors = 0, tx_dropped = 0;
};
constexpr auto fields(Tag<NetworkStat>) {
    using M = NetworkStat;
    return in_order<&M::name, &M::rx_bytes, &M::rx_packets, &M::rx_errors, &M::rx_dropped,
                    &M::tx_bytes, &M::tx_packets, &M::tx_errors, &M::tx_dropped>();
}

} // namespace davit::shim::containerd

namespace davit::shim::containerd::cgroups_v1 {

struct HugetlbStat {
    std::uint64_t usage = 0, max = 0, failcnt = 0;
    std::string pagesize;
};
constexpr auto fields(Tag<HugetlbStat>) {
    using M = HugetlbStat;
    return in_order<&M::usage, &M::max, &M::failcnt, &M::pagesize>();
}

struct CPUUsage {
    std::uint64_t total = 0, kernel = 0, user = 0;
    std::vector<std::uint64_t> per_cpu;
};
constexpr auto fields(Tag<CPUUsage>) {
    using M = CPUUsage;
    return in_order<&M::total, &M::kernel, &M::user, &M::per_cpu>();
}

struct Throttle {
    std::uint64_t periods = 0, throttled_periods = 0, throttled_time = 0;
};
constexpr auto fields(Tag<Throttle>) {
    using M = Throttle;
    return in_order<&M::periods, &M::throttled_periods, &M::throttled_time>();
}

struct CPUStat {
    std::optional<CPUUsage> usage;
    std::optional<Throttle> throttling;
};
constexpr auto fields(Tag<CPUStat>) {
    using M = CPUStat;
    return in_order<&M::usage, &M::throttling>();
}

struct MemoryEntry {
    std::uint64_t limit = 0, usage = 0, max = 0, failcnt = 0;
};
constexpr auto fields(Tag<MemoryEntry>) {
    using M = MemoryEntry;
    return in_order<&M::limit, &M::usage, &M::max, &M::failcnt>();
}

struct MemoryStat {
    std::uint64_t cache = 0, rss = 0, rss_huge = 0, mapped_file = 0, dirty = 0, writeback = 0,
                  pg_pg_in = 0, pg_pg_out = 0, pg_fault = 0, pg_maj_fault = 0, inactive_anon = 0,
                  active_anon = 0, inactive_file = 0, active_file = 0, unevictable = 0,
                  hierarchical_memory_limit = 0, hierarchical_swap_limit = 0, total_cache = 0,
                  total_rss = 0, total_rss_huge = 0, total_mapped_file = 0, total_dirty = 0,
                  total_writeback = 0, total_pg_pg_in = 0, total_pg_pg_out = 0, total_pg_fault = 0,
                  total_pg_maj_fault = 0, total_inactive_anon = 0, total_active_anon = 0,
                  total_inactive_file = 0, total_active_file = 0, total_unevictable = 0;
    std::optional<MemoryEntry> usage, swap, kernel, kernel_tcp;
};
constexpr auto fields(Tag<MemoryStat>) {
    using M = MemoryStat;
    return in_order<&M::cache, &M::rss, &M::rss_huge, &M::mapped_file, &M::dirty, &M::writeback,
                    &M::pg_pg_in, &M::pg_pg_out, &M::pg_fault, &M::pg_maj_fault, &M::inactive_anon,
                    &M::active_anon, &M::inactive_file, &M::active_file, &M::unevictable,
                    &M::hierarchical_memory_limit, &M::hierarchical_swap_limit, &M::total_cache,
                    &M::total_rss, &M::total_rss_huge, &M::total_mapped_file, &M::total_dirty,
                    &M::total_writeback, &M::total_pg_pg_in, &M::total_pg_pg_out,
                    &M::total_pg_fault, &M::total_pg_maj_fault, &M::total_inactive_anon,
                    &M::total_active_anon, &M::total_inactive_file, &M::total_active_file,
                    &M::total_unevictable, &M::usage, &M::swap, &M::kernel, &M::kernel_tcp>();
}

struct MemoryOomControl {
    std::uint64_t oom_kill_disable = 0, under_oom = 0, oom_kill = 0;
};
constexpr auto fields(Tag<MemoryOomControl>) {
    using M = MemoryOomControl;
    return in_order<&M::oom_kill_disable, &M::under_oom, &M::oom_kill>();
}

struct BlkIOEntry {
    std::string op, device;
    std::uint64_t major = 0, minor = 0, value = 0;
};
constexpr auto fields(Tag<BlkIOEntry>) {
    using M = BlkIOEntry;
    return in_order<&M::op, &M::device, &M::major, &M::minor, &M::value>();
}

struct BlkIOStat {
    std::vector<BlkIOEntry> io_service_bytes_recursive, io_serviced_recursive, io_queued_recursive,
        io_service_time_recursive, io_wait_time_recursive, io_merged_recursive, io_time_recursive,
        sectors_recursive;
};
constexpr auto fields(Tag<BlkIOStat>) {
    using M = BlkIOStat;
    return in_order<&M::io_service_bytes_recursive, &M::io_serviced_recursive,
                    &M::io_queued_recursive, &M::io_service_time_recursive,
                    &M::io_wait_time_recursive, &M::io_merged_recursive, &M::io_time_recursive,
                    &M::sectors_recursive>();
}

struct CgroupStats {
    std::uint64_t nr_sleeping = 0, nr_running = 0, nr_stopped = 0, nr_uninterruptible = 0,
                  nr_io_wait = 0;
};
constexpr auto fields(Tag<CgroupStats>) {
    using M = CgroupStats;
    return in_order<&M::nr_sleeping, &M::nr_running, &M::nr_stopped, &M::nr_uninterruptible,
                    &M::nr_io_wait>();
}

struct Metrics {
    static constexpr std::string_view type_name = "io.containerd.cgroups.v1.Metrics";
    std::vector<HugetlbStat> hugetlb;
    std::optional<PidsStat> pids;
    std::optional<CPUStat> cpu;
    std::optional<MemoryStat> memory;
    std::optional<BlkIOStat> blkio;
    std::optional<RdmaStat> rdma;
    std::vector<NetworkStat> network;
    std::optional<CgroupStats> cgroup_stats;
    std::optional<MemoryOomControl> memory_oom_control;
};
constexpr auto fields(Tag<Metrics>) {
    using M = Metrics;
    return in_order<&M::hugetlb, &M::pids, &M::cpu, &M::memory, &M::blkio, &M::rdma, &M::network,
                    &M::cgroup_stats, &M::memory_oom_control>();
}

} // namespace davit::shim::containerd::cgroups_v1

namespace davit::shim::containerd::cgroups_v2 {

struct PSIData {
    double avg10 = 0, avg60 = 0, avg300 = 0;
    std::uint64_t total = 0;
};
constexpr auto fields(Tag<PSIData>) {
    using M = PSIData;
    return in_order<&M::avg10, &M::avg60, &M::avg300, &M::total>();
}

struct PSIStats {
    std::optional<PSIData> some, full;
};
constexpr auto fields(Tag<PSIStats>) {
    using M = PSIStats;
    return in_order<&M::some, &M::full>();
}

struct CPUStat {
    std::uint64_t usage_usec = 0, user_usec = 0, system_usec = 0, nr_periods = 0, nr_throttled = 0,
                  throttled_usec = 0;
    std::optional<PSIStats> psi;
    std::uint64_t nr_bursts = 0, burst_usec = 0;
};
constexpr auto fields(Tag<CPUStat>) {
    using M = CPUStat;
    return in_order<&M::usage_usec, &M::user_usec, &M::system_usec, &M::nr_periods,
                    &M::nr_throttled, &M::throttled_usec, &M::psi, &M::nr_bursts, &M::burst_usec>();
}

struct MemoryStat {
    std::uint64_t anon = 0, file = 0, kernel_stack = 0, slab = 0, sock = 0, shmem = 0,
                  file_mapped = 0, file_dirty = 0, file_writeback = 0, anon_thp = 0,
                  inactive_anon = 0, active_anon = 0, inactive_file = 0, active_file = 0,
                  unevictable = 0, slab_reclaimable = 0, slab_unreclaimable = 0, pgfault = 0,
                  pgmajfault = 0, workingset_refault = 0, workingset_activate = 0,
                  workingset_nodereclaim = 0, pgrefill = 0, pgscan = 0, pgsteal = 0, pgactivate = 0,
                  pgdeactivate = 0, pglazyfree = 0, pglazyfreed = 0, thp_fault_alloc = 0,
                  thp_collapse_alloc = 0, usage = 0, usage_limit = 0, swap_usage = 0,
                  swap_limit = 0, max_usage = 0, swap_max_usage = 0;
    std::optional<PSIStats> psi;
    std::uint64_t workingset_refault_anon = 0, workingset_refault_file = 0,
                  workingset_activate_anon = 0, workingset_activate_file = 0;
};
constexpr auto fields(Tag<MemoryStat>) {
    using M = MemoryStat;
    return in_order<
        &M::anon, &M::file, &M::kernel_stack, &M::slab, &M::sock, &M::shmem, &M::file_mapped,
        &M::file_dirty, &M::file_writeback, &M::anon_thp, &M::inactive_anon, &M::active_anon,
        &M::inactive_file, &M::active_file, &M::unevictable, &M::slab_reclaimable,
        &M::slab_unreclaimable, &M::pgfault, &M::pgmajfault, &M::workingset_refault,
        &M::workingset_activate, &M::workingset_nodereclaim, &M::pgrefill, &M::pgscan, &M::pgsteal,
        &M::pgactivate, &M::pgdeactivate, &M::pglazyfree, &M::pglazyfreed, &M::thp_fault_alloc,
        &M::thp_collapse_alloc, &M::usage, &M::usage_limit, &M::swap_usage, &M::swap_limit,
        &M::max_usage, &M::swap_max_usage, &M::psi, &M::workingset_refault_anon,
        &M::workingset_refault_file, &M::workingset_activate_anon, &M::workingset_activate_file>();
}

struct MemoryEvents {
    std::uint64_t low = 0, high = 0, max = 0, oom = 0, oom_kill = 0, oom_group_kill = 0;
};
constexpr auto fields(Tag<MemoryEvents>) {
    using M = MemoryEvents;
    return in_order<&M::low, &M::high, &M::max, &M::oom, &M::oom_kill, &M::oom_group_kill>();
}

struct IOEntry {
    std::uint64_t major = 0, minor = 0, rbytes = 0, wbytes = 0, rios = 0, wios = 0;
};
constexpr auto fields(Tag<IOEntry>) {
    using M = IOEntry;
    return in_order<&M::major, &M::minor, &M::rbytes, &M::wbytes, &M::rios, &M::wios>();
}

struct IOStat {
    std::vector<IOEntry> usage;
    std::optional<PSIStats> psi;
};
constexpr auto fields(Tag<IOStat>) {
    using M = IOStat;
    return in_order<&M::usage, &M::psi>();
}

struct HugeTlbStat {
    std::uint64_t current = 0, max = 0;
    std::string pagesize;
    std::uint64_t failcnt = 0;
};
constexpr auto fields(Tag<HugeTlbStat>) {
    using M = HugeTlbStat;
    return in_order<&M::current, &M::max, &M::pagesize, &M::failcnt>();
}

struct Metrics {
    static constexpr std::string_view type_name = "io.containerd.cgroups.v2.Metrics";
    std::optional<PidsStat> pids;
    std::optional<CPUStat> cpu;
    std::optional<MemoryStat> memory;
    std::optional<RdmaStat> rdma;
    std::optional<IOStat> io;
    std::vector<HugeTlbStat> hugetlb;
    std::optional<MemoryEvents> memory_events;
    std::vector<NetworkStat> network;
};
constexpr auto fields(Tag<Metrics>) {
    using M = Metrics;
    return list({field<&M::pids>(1), field<&M::cpu>(2), field<&M::memory>(4), field<&M::rdma>(5),
                 field<&M::io>(6), field<&M::hugetlb>(7), field<&M::memory_events>(8),
                 field<&M::network>(9)});
}

} // namespace davit::shim::containerd::cgroups_v2
