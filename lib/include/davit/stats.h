// SPDX-License-Identifier: Apache-2.0
// davit/stats.h - what a container uses: Container::stats(), and its JSON as `runc events` prints
// it.
//
// The kernel's numbers in one unit for each dimension (nanoseconds, bytes), neither summed nor
// renamed: enough for runc's JSON and for the messages io.containerd.cgroups.v1.Metrics and
// v2.Metrics. A number that this kernel, or the container's cgroup, doesn't have is absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit {

// These structs stand outside of Stats: std::optional wants complete types.
namespace stats {

using Number = std::uint64_t;
inline constexpr Number no_limit = ~Number{0}; ///< the kernel's "max"

/// Pressure stall information (Linux 4.20): since when tasks wait. [accounting/psi.rst]
struct Pressure {
    struct Share {
        double avg10 = 0, avg60 = 0, avg300 = 0; ///< percent of the last so many seconds
        Number total_us = 0;
        bool operator==(Share const&) const = default;
    };
    Share some; ///< at least one task waited
    Share full; ///< all of them did
    bool operator==(Pressure const&) const = default;
};

struct Cpu {
    Number total_ns = 0, user_ns = 0, system_ns = 0;
    std::vector<Number> each_ns, each_user_ns, each_system_ns; ///< per CPU; v1
    Number periods = 0, throttled_periods = 0, throttled_ns = 0;
    Number bursts = 0, burst_ns = 0; ///< v2
    std::optional<Pressure> pressure;
};

struct Cpuset { ///< v1
    std::vector<std::uint16_t> cpus, nodes;
    Number cpu_exclusive = 0, mem_hardwall = 0, mem_exclusive = 0, memory_migrate = 0;
    Number memory_spread_page = 0, memory_spread_slab = 0, memory_pressure = 0;
    Number sched_load_balance = 0;
    std::int64_t sched_relax_domain_level = 0;
};

struct MemoryUse {
    Number usage = 0, limit = 0, peak = 0;
    Number failures = 0; ///< how often the limit was hit; v1
    bool operator==(MemoryUse const&) const = default;
};
struct MemoryEvents { ///< v2: memory.events
    Number low = 0, high = 0, max = 0, oom = 0, oom_kill = 0, oom_group_kill = 0;
};
struct OomControl { ///< v1: memory.oom_control
    Number oom_kill_disable = 0, under_oom = 0, oom_kill = 0;
};
struct Memory {
    using Use = MemoryUse;
    using Events = MemoryEvents;
    std::optional<Use> use;
    std::optional<Use> with_swap;          ///< memory and swap together; v1
    std::optional<Use> swap;               ///< swap alone; v2
    std::optional<Use> kernel, kernel_tcp; ///< v1
    std::map<std::string, Number> details; ///< memory.stat
    std::optional<Events> events;
    std::optional<OomControl> oom_control;
    std::optional<Pressure> pressure;
};

struct Pids {
    Number current = 0;
    Number limit = no_limit;
};

struct Io {
    struct Entry { ///< v1
        Number major = 0, minor = 0;
        std::string operation; ///< "Read", "Sync", …; may be empty
        Number value = 0;
        bool operator==(Entry const&) const = default;
    };
    using Entries = std::vector<Entry>;
    /// v1, each including the groups below, if this kernel has such a file.
    Entries bytes, operations, queued, service_time_ns, wait_time_ns, merged, time_ms, sectors;

    struct Device { ///< v2
        Number major = 0, minor = 0;
        Number read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
        bool operator==(Device const&) const = default;
    };
    std::vector<Device> devices;
    std::optional<Pressure> pressure;
};

struct HugetlbUse {
    Number usage = 0;
    Number limit = no_limit;
    Number peak = 0;     ///< v1
    Number failures = 0; ///< how often the limit was hit
};
struct Hugetlb {
    std::string page_size; ///< "2MB"
    using Use = HugetlbUse;
    Use used;
    std::optional<Use> reserved; ///< Linux 5.7
};

struct Rdma {
    std::string device;
    std::uint32_t handles = 0, objects = 0; ///< 0xffffffff: no limit
    bool operator==(Rdma const&) const = default;
};

struct RdtCache {
    std::string mask; ///< hexadecimal, as the kernel writes it
    Number least_bits = 0, groups = 0;
};
struct RdtBandwidth {
    Number step = 0, is_linear = 0, least = 0, groups = 0; ///< step and least: percent
};
struct RdtTraffic {
    Number total_bytes = 0, local_bytes = 0;
};
struct Rdt { ///< of the resctrl group that the container is in
    using Cache = RdtCache;
    using Bandwidth = RdtBandwidth;
    using Traffic = RdtTraffic;
    std::optional<Cache> cache;
    std::optional<Bandwidth> bandwidth;
    std::vector<std::string> root_schemata, schemata; ///< lines
    std::optional<std::vector<Traffic>> traffic;      ///< per cache
    std::optional<std::vector<Number>> occupancy;     ///< per cache, bytes
};

/// As the container sees it.
struct Interface {
    std::string name;
    Number rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
    Number tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
    bool operator==(Interface const&) const = default;
};

} // namespace stats

struct Stats {
    using Number = stats::Number;
    static constexpr Number no_limit = stats::no_limit;
    using Pressure = stats::Pressure;
    using Cpu = stats::Cpu;
    using Cpuset = stats::Cpuset;
    using Memory = stats::Memory;
    using Pids = stats::Pids;
    using Io = stats::Io;
    using Hugetlb = stats::Hugetlb;
    using Rdma = stats::Rdma;
    using Rdt = stats::Rdt;
    using Interface = stats::Interface;

    bool is_v2 = false; ///< all numbers come from cgroup2: report them as such
    std::optional<Cpu> cpu;
    std::optional<Cpuset> cpuset;
    std::optional<Memory> memory;
    std::optional<Pids> pids;
    std::optional<Io> io;
    std::vector<Hugetlb> hugetlb; ///< by page size
    std::vector<Rdma> rdma, rdma_limits;
    std::optional<Rdt> rdt;
    /// The interfaces of a network namespace that isn't the caller's, without "lo".
    std::vector<Interface> interfaces;
};

/// `{"type":"stats","id":…,"data":…}`, member for member as runc's "events" prints it; one line
/// without its end. Leaves out what only davit knows; converts v2's numbers to v1's.
std::string write_stats_event(std::string_view id, Stats const& stats);

/// `{"type":"oom","id":…}`
std::string write_oom_event(std::string_view id);

} // namespace davit
