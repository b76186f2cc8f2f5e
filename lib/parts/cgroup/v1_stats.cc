// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/v1_stats.cc - which file of a v1 group holds which statistic. Runs in: parent, pure.
//
// Kernel interface: Documentation/admin-guide/cgroup-v1.
#include "base/text.h"
#include "parts/cgroup/stats.h"
#include "parts/cgroup/stats_take.h"

namespace davit::cgroup {

namespace {

using Use = Stats::Memory::Use;

// USER_HZ is 100 on every architecture of davit, whatever the kernel's HZ.
constexpr Number tick_ns = 10'000'000;

constexpr Key cpuacct_stat[] = {
    {"user", [](Stats& s) -> Number& { return cpu(s).user_ns; }, tick_ns},
    {"system", [](Stats& s) -> Number& { return cpu(s).system_ns; }, tick_ns},
};
constexpr Key v1_cpu_stat[] = {
    {"nr_periods", [](Stats& s) -> Number& { return cpu(s).periods; }},
    {"nr_throttled", [](Stats& s) -> Number& { return cpu(s).throttled_periods; }},
    {"throttled_time", [](Stats& s) -> Number& { return cpu(s).throttled_ns; }},
};
constexpr Key v1_oom_control[] = {
    {"oom_kill_disable", [](Stats& s) -> Number& { return oom(s).oom_kill_disable; }},
    {"under_oom", [](Stats& s) -> Number& { return oom(s).under_oom; }},
    {"oom_kill", [](Stats& s) -> Number& { return oom(s).oom_kill; }},
};

Flaw relax_level(std::string_view content, Stats& stats) {
    content = stripped(content);
    auto const level = parse<std::int64_t>(content);
    if (!level) return content;
    cpuset(stats).sched_relax_domain_level = *level;
    return {};
}

constexpr Statistic v1_files[] = {
    {"cpuacct", "cpuacct.usage", number<[](Stats& s) { return &cpu(s).total_ns; }>},
    {"cpuacct", "cpuacct.stat", keys<cpuacct_stat>},
    {"cpuacct", "cpuacct.usage_percpu",
     [](auto content, Stats& s) { return read_numbers(content, cpu(s).each_ns); }},
    {"cpuacct", "cpuacct.usage_all", // Linux 4.8
     [](auto content, Stats& s) { return read_usage_all(content, cpu(s)); }},
    {"cpu", "cpu.stat", keys<v1_cpu_stat>},

    {"cpuset", "cpuset.cpus",
     [](auto content, Stats& s) { return read_ranges(content, cpuset(s).cpus); }},
    {"cpuset", "cpuset.mems",
     [](auto content, Stats& s) { return read_ranges(content, cpuset(s).nodes); }},
    {"cpuset", "cpuset.cpu_exclusive", number<[](Stats& s) { return &cpuset(s).cpu_exclusive; }>},
    {"cpuset", "cpuset.mem_hardwall", number<[](Stats& s) { return &cpuset(s).mem_hardwall; }>},
    {"cpuset", "cpuset.mem_exclusive", number<[](Stats& s) { return &cpuset(s).mem_exclusive; }>},
    {"cpuset", "cpuset.memory_migrate", number<[](Stats& s) { return &cpuset(s).memory_migrate; }>},
    {"cpuset", "cpuset.memory_spread_page",
     number<[](Stats& s) { return &cpuset(s).memory_spread_page; }>},
    {"cpuset", "cpuset.memory_spread_slab",
     number<[](Stats& s) { return &cpuset(s).memory_spread_slab; }>},
    {"cpuset", "cpuset.memory_pressure",
     number<[](Stats& s) { return &cpuset(s).memory_pressure; }>},
    {"cpuset", "cpuset.sched_load_balance",
     number<[](Stats& s) { return &cpuset(s).sched_load_balance; }>},
    {"cpuset", "cpuset.sched_relax_domain_level", relax_level},

    {"memory", "memory.stat",
     [](auto content, Stats& s) { return read_all_keys(content, memory(s).details); }},
    {"memory", "memory.usage_in_bytes", number<[](Stats& s) { return &use(s).usage; }>},
    {"memory", "memory.limit_in_bytes", number<[](Stats& s) { return &use(s).limit; }>},
    {"memory", "memory.max_usage_in_bytes", number<[](Stats& s) { return &use(s).peak; }>},
    {"memory", "memory.failcnt", number<[](Stats& s) { return &use(s).failures; }>},
    {"memory", "memory.memsw.usage_in_bytes", number<[](Stats& s) { return &with_swap(s).usage; }>},
    {"memory", "memory.memsw.limit_in_bytes", number<[](Stats& s) { return &with_swap(s).limit; }>},
    {"memory", "memory.memsw.max_usage_in_bytes",
     number<[](Stats& s) { return &with_swap(s).peak; }>},
    {"memory", "memory.memsw.failcnt", number<[](Stats& s) { return &with_swap(s).failures; }>},
    {"memory", "memory.kmem.usage_in_bytes", number<[](Stats& s) { return &kernel(s).usage; }>},
    {"memory", "memory.kmem.limit_in_bytes", number<[](Stats& s) { return &kernel(s).limit; }>},
    {"memory", "memory.kmem.max_usage_in_bytes", number<[](Stats& s) { return &kernel(s).peak; }>},
    {"memory", "memory.kmem.failcnt", number<[](Stats& s) { return &kernel(s).failures; }>},
    {"memory", "memory.kmem.tcp.usage_in_bytes", number<[](Stats& s) { return &tcp(s).usage; }>},
    {"memory", "memory.kmem.tcp.limit_in_bytes", number<[](Stats& s) { return &tcp(s).limit; }>},
    {"memory", "memory.kmem.tcp.max_usage_in_bytes", number<[](Stats& s) { return &tcp(s).peak; }>},
    {"memory", "memory.kmem.tcp.failcnt", number<[](Stats& s) { return &tcp(s).failures; }>},
    {"memory", "memory.oom_control", keys<v1_oom_control>},

    {"pids", "pids.current", number<[](Stats& s) { return &pids(s).current; }>},
    {"pids", "pids.max", number<[](Stats& s) { return &pids(s).limit; }>},

    {"rdma", "rdma.current", [](auto content, Stats& s) { return read_rdma(content, s.rdma); }},
    {"rdma", "rdma.max", [](auto content, Stats& s) { return read_rdma(content, s.rdma_limits); }},
};

template <auto member>
Flaw entries(std::string_view content, Stats& stats) {
    auto& into = io(stats).*member;
    into.clear();
    return read_io_entries(content, into);
}

using Io = Stats::Io;

// BFQ with CONFIG_BFQ_CGROUP_DEBUG, and without; CFQ (until Linux 5.0); schedulers without
// counters.
constexpr Statistic bfq_debug[] = {
    {"blkio", "blkio.bfq.sectors_recursive", entries<&Io::sectors>},
    {"blkio", "blkio.bfq.io_service_time_recursive", entries<&Io::service_time_ns>},
    {"blkio", "blkio.bfq.io_wait_time_recursive", entries<&Io::wait_time_ns>},
    {"blkio", "blkio.bfq.io_merged_recursive", entries<&Io::merged>},
    {"blkio", "blkio.bfq.io_queued_recursive", entries<&Io::queued>},
    {"blkio", "blkio.bfq.time_recursive", entries<&Io::time_ms>},
    {"blkio", "blkio.bfq.io_serviced_recursive", entries<&Io::operations>},
    {"blkio", "blkio.bfq.io_service_bytes_recursive", entries<&Io::bytes>},
};
constexpr Statistic bfq[] = {
    {"blkio", "blkio.bfq.io_serviced_recursive", entries<&Io::operations>},
    {"blkio", "blkio.bfq.io_service_bytes_recursive", entries<&Io::bytes>},
};
constexpr Statistic cfq[] = {
    {"blkio", "blkio.sectors_recursive", entries<&Io::sectors>},
    {"blkio", "blkio.io_service_time_recursive", entries<&Io::service_time_ns>},
    {"blkio", "blkio.io_wait_time_recursive", entries<&Io::wait_time_ns>},
    {"blkio", "blkio.io_merged_recursive", entries<&Io::merged>},
    {"blkio", "blkio.io_queued_recursive", entries<&Io::queued>},
    {"blkio", "blkio.time_recursive", entries<&Io::time_ms>},
    {"blkio", "blkio.io_serviced_recursive", entries<&Io::operations>},
    {"blkio", "blkio.io_service_bytes_recursive", entries<&Io::bytes>},
};
constexpr Statistic throttle_below[] = {
    // Linux 4.16
    {"blkio", "blkio.throttle.io_serviced_recursive", entries<&Io::operations>},
    {"blkio", "blkio.throttle.io_service_bytes_recursive", entries<&Io::bytes>},
};
constexpr Statistic throttle_files[] = {
    {"blkio", "blkio.throttle.io_serviced", entries<&Io::operations>},
    {"blkio", "blkio.throttle.io_service_bytes", entries<&Io::bytes>},
};
constexpr std::span<Statistic const> io_statistics[] = {bfq_debug, bfq, cfq, throttle_below,
                                                        throttle_files};

} // namespace

std::span<Statistic const> v1_statistics() { return v1_files; }
std::span<std::span<Statistic const> const> v1_io_statistics() { return io_statistics; }

} // namespace davit::cgroup
