// SPDX-License-Identifier: Apache-2.0
// ops/events.h - the format of runc's "events": its names, its order, what it leaves out at zero.
// Runs in: parent.
#pragma once

#include "davit/stats.h"
#include "json/fields.h"

namespace davit {
namespace ops::events {

using Number = Stats::Number;

struct Share {
    double avg10, avg60, avg300;
    Number total;
};
struct Psi {
    std::optional<Share> some, full;
};
struct Usage {
    Number total = 0;
    std::vector<Number> percpu, percpu_kernel, percpu_user;
    Number kernel = 0, user = 0;
};
struct Throttling {
    Number periods, throttled_periods, throttled_time;
};
struct Cpu {
    std::optional<Usage> usage;
    std::optional<Throttling> throttling;
    std::optional<Psi> psi;
};
struct MemoryEntry {
    Number limit, usage, max, failcnt;
};
struct Memory {
    Number cache = 0;
    std::optional<MemoryEntry> usage, swap, kernel, kernel_tcp;
    std::map<std::string, Number> raw;
    std::optional<Psi> psi;
};
struct Pids {
    Number current = 0, limit = 0;
};
struct Blkio {
    Stats::Io::Entries bytes, operations, queued, service_time, wait_time, merged, time, sectors;
    std::optional<Psi> psi;
};
struct Hugetlb {
    Number usage, max, failcnt;
};
struct Rdt {
    std::optional<Stats::Rdt::Cache> cache;
    std::string cache_root, cache_schema;
    std::optional<Stats::Rdt::Bandwidth> bandwidth;
    std::string bandwidth_root, bandwidth_schema;
    std::vector<std::string> schemata;
    std::optional<std::vector<Stats::Rdt::Traffic>> traffic;
    struct Occupancy {
        Number bytes;
    };
    std::optional<std::vector<Occupancy>> occupancy;
};
struct Data {
    Cpu cpu;
    Stats::Cpuset cpuset;
    Memory memory;
    Pids pids;
    Blkio blkio;
    std::map<std::string, Hugetlb> hugetlb;
    Rdt rdt;
    std::optional<std::vector<Stats::Interface>> interfaces;
};
struct Event {
    std::string type, id;
    std::optional<Data> data;
};

} // namespace ops::events

namespace json {

namespace events = ops::events;

template <>
inline constexpr auto fields<events::Share> = list({
    field<&events::Share::avg10>("avg10", "", Need::always),
    field<&events::Share::avg60>("avg60", "", Need::always),
    field<&events::Share::avg300>("avg300", "", Need::always),
    field<&events::Share::total>("total", "", Need::always),
});
template <>
inline constexpr auto fields<events::Psi> = list({
    field<&events::Psi::some>("some", ""),
    field<&events::Psi::full>("full", ""),
});
template <>
inline constexpr auto fields<events::Usage> = list({
    field<&events::Usage::total>("total", ""),
    field<&events::Usage::percpu>("percpu", ""),
    field<&events::Usage::percpu_kernel>("percpu_kernel", ""),
    field<&events::Usage::percpu_user>("percpu_user", ""),
    field<&events::Usage::kernel>("kernel", "", Need::always),
    field<&events::Usage::user>("user", "", Need::always),
});
template <>
inline constexpr auto fields<events::Throttling> = list({
    field<&events::Throttling::periods>("periods", ""),
    field<&events::Throttling::throttled_periods>("throttledPeriods", ""),
    field<&events::Throttling::throttled_time>("throttledTime", ""),
});
template <>
inline constexpr auto fields<events::Cpu> = list({
    field<&events::Cpu::usage>("usage", ""),
    field<&events::Cpu::throttling>("throttling", ""),
    field<&events::Cpu::psi>("psi", ""),
});
template <>
inline constexpr auto fields<Stats::Cpuset> = list({
    field<&Stats::Cpuset::cpus>("cpus", ""),
    field<&Stats::Cpuset::cpu_exclusive>("cpu_exclusive", "", Need::always),
    field<&Stats::Cpuset::nodes>("mems", ""),
    field<&Stats::Cpuset::mem_hardwall>("mem_hardwall", "", Need::always),
    field<&Stats::Cpuset::mem_exclusive>("mem_exclusive", "", Need::always),
    field<&Stats::Cpuset::memory_migrate>("memory_migrate", "", Need::always),
    field<&Stats::Cpuset::memory_spread_page>("memory_spread_page", "", Need::always),
    field<&Stats::Cpuset::memory_spread_slab>("memory_spread_slab", "", Need::always),
    field<&Stats::Cpuset::memory_pressure>("memory_pressure", "", Need::always),
    field<&Stats::Cpuset::sched_load_balance>("sched_load_balance", "", Need::always),
    field<&Stats::Cpuset::sched_relax_domain_level>("sched_relax_domain_level", "", Need::always),
});
template <>
inline constexpr auto fields<events::MemoryEntry> = list({
    field<&events::MemoryEntry::limit>("limit", "", Need::always),
    field<&events::MemoryEntry::usage>("usage", ""),
    field<&events::MemoryEntry::max>("max", ""),
    field<&events::MemoryEntry::failcnt>("failcnt", "", Need::always),
});
template <>
inline constexpr auto fields<events::Memory> = list({
    field<&events::Memory::cache>("cache", ""),
    field<&events::Memory::usage>("usage", ""),
    field<&events::Memory::swap>("swap", ""),
    field<&events::Memory::kernel>("kernel", ""),
    field<&events::Memory::kernel_tcp>("kernelTCP", ""),
    field<&events::Memory::raw>("raw", ""),
    field<&events::Memory::psi>("psi", ""),
});
template <>
inline constexpr auto fields<events::Pids> = list({
    field<&events::Pids::current>("current", ""),
    field<&events::Pids::limit>("limit", ""),
});
template <>
inline constexpr auto fields<Stats::Io::Entry> = list({
    field<&Stats::Io::Entry::major>("major", ""),
    field<&Stats::Io::Entry::minor>("minor", ""),
    field<&Stats::Io::Entry::operation>("op", ""),
    field<&Stats::Io::Entry::value>("value", ""),
});
template <>
inline constexpr auto fields<events::Blkio> = list({
    field<&events::Blkio::bytes>("ioServiceBytesRecursive", ""),
    field<&events::Blkio::operations>("ioServicedRecursive", ""),
    field<&events::Blkio::queued>("ioQueueRecursive", ""),
    field<&events::Blkio::service_time>("ioServiceTimeRecursive", ""),
    field<&events::Blkio::wait_time>("ioWaitTimeRecursive", ""),
    field<&events::Blkio::merged>("ioMergedRecursive", ""),
    field<&events::Blkio::time>("ioTimeRecursive", ""),
    field<&events::Blkio::sectors>("sectorsRecursive", ""),
    field<&events::Blkio::psi>("psi", ""),
});
template <>
inline constexpr auto fields<events::Hugetlb> = list({
    field<&events::Hugetlb::usage>("usage", ""),
    field<&events::Hugetlb::max>("max", ""),
    field<&events::Hugetlb::failcnt>("failcnt", "", Need::always),
});
template <>
inline constexpr auto fields<Stats::Rdt::Cache> = list({
    field<&Stats::Rdt::Cache::mask>("cbm_mask", ""),
    field<&Stats::Rdt::Cache::least_bits>("min_cbm_bits", ""),
    field<&Stats::Rdt::Cache::groups>("num_closids", ""),
});
template <>
inline constexpr auto fields<Stats::Rdt::Bandwidth> = list({
    field<&Stats::Rdt::Bandwidth::step>("bandwidth_gran", ""),
    field<&Stats::Rdt::Bandwidth::is_linear>("delay_linear", ""),
    field<&Stats::Rdt::Bandwidth::least>("min_bandwidth", ""),
    field<&Stats::Rdt::Bandwidth::groups>("num_closids", ""),
});
template <>
inline constexpr auto fields<Stats::Rdt::Traffic> = list({
    field<&Stats::Rdt::Traffic::total_bytes>("mbm_total_bytes", "", Need::always),
    field<&Stats::Rdt::Traffic::local_bytes>("mbm_local_bytes", "", Need::always),
});
template <>
inline constexpr auto fields<events::Rdt::Occupancy> = list({
    field<&events::Rdt::Occupancy::bytes>("llc_occupancy", "", Need::always),
});
template <>
inline constexpr auto fields<events::Rdt> = list({
    field<&events::Rdt::cache>("l3_cache_info", ""),
    field<&events::Rdt::cache_root>("l3_cache_schema_root", ""),
    field<&events::Rdt::cache_schema>("l3_cache_schema", ""),
    field<&events::Rdt::bandwidth>("mem_bw_info", ""),
    field<&events::Rdt::bandwidth_root>("mem_bw_schema_root", ""),
    field<&events::Rdt::bandwidth_schema>("mem_bw_schema", ""),
    field<&events::Rdt::schemata>("schemata", ""),
    field<&events::Rdt::traffic>("mbm_stats", ""),
    field<&events::Rdt::occupancy>("cmt_stats", ""),
});
template <>
inline constexpr auto fields<Stats::Interface> = list({
    field<&Stats::Interface::name>("Name", "", Need::always),
    field<&Stats::Interface::rx_bytes>("RxBytes", "", Need::always),
    field<&Stats::Interface::rx_packets>("RxPackets", "", Need::always),
    field<&Stats::Interface::rx_errors>("RxErrors", "", Need::always),
    field<&Stats::Interface::rx_dropped>("RxDropped", "", Need::always),
    field<&Stats::Interface::tx_bytes>("TxBytes", "", Need::always),
    field<&Stats::Interface::tx_packets>("TxPackets", "", Need::always),
    field<&Stats::Interface::tx_errors>("TxErrors", "", Need::always),
    field<&Stats::Interface::tx_dropped>("TxDropped", "", Need::always),
});
template <>
inline constexpr auto fields<events::Data> = list({
    field<&events::Data::cpu>("cpu", "", Need::always),
    field<&events::Data::cpuset>("cpuset", "", Need::always),
    field<&events::Data::memory>("memory", "", Need::always),
    field<&events::Data::pids>("pids", "", Need::always),
    field<&events::Data::blkio>("blkio", "", Need::always),
    field<&events::Data::hugetlb>("hugetlb", "", Need::always),
    field<&events::Data::rdt>("intel_rdt", "", Need::always),
    field<&events::Data::interfaces>("network_interfaces", "", Need::always),
});
template <>
inline constexpr auto fields<events::Event> = list({
    field<&events::Event::type>("type", "", Need::always),
    field<&events::Event::id>("id", "", Need::always),
    field<&events::Event::data>("data", ""),
});

} // namespace json

} // namespace davit
