// SPDX-License-Identifier: Apache-2.0
// ops/stats_json.cc - statistics as runc's "events" writes them. Runs in: parent, pure.
//
// Where that format lacks a number of cgroup v2, it writes what v1 would have said.
#include <algorithm>

#include "json/json.h"
#include "ops/events.h"

namespace davit {

namespace {

namespace events = ops::events;

std::optional<events::Share> share(Stats::Pressure::Share const& from) {
    if (from == Stats::Pressure::Share{}) return {};
    return events::Share{from.avg10, from.avg60, from.avg300, from.total_us};
}

std::optional<events::Psi> psi(std::optional<Stats::Pressure> const& from) {
    if (!from) return {};
    return events::Psi{share(from->some), share(from->full)};
}

events::Cpu cpu(Stats::Cpu const& from) {
    events::Cpu cpu;
    if (from.total_ns != 0 || from.user_ns != 0 || from.system_ns != 0 || !from.each_ns.empty())
        cpu.usage = events::Usage{from.total_ns,     from.each_ns,   from.each_system_ns,
                                  from.each_user_ns, from.system_ns, from.user_ns};
    if (from.periods != 0 || from.throttled_periods != 0 || from.throttled_ns != 0)
        cpu.throttling = {from.periods, from.throttled_periods, from.throttled_ns};
    cpu.psi = psi(from.pressure);
    return cpu;
}

std::optional<events::MemoryEntry> entry(std::optional<Stats::Memory::Use> const& from) {
    if (!from || *from == Stats::Memory::Use{}) return {};
    return events::MemoryEntry{from->limit, from->usage, from->peak, from->failures};
}

/// v2 counts swap alone; this format has memory and swap together. Peaks can't be added.
Stats::Memory::Use with_swap(Stats::Memory::Use const& memory, Stats::Memory::Use const& swap) {
    auto const limit =
        memory.limit > Stats::no_limit - swap.limit ? Stats::no_limit : memory.limit + swap.limit;
    return {memory.usage + swap.usage, limit, 0, 0};
}

events::Memory memory(Stats::Memory const& from, bool is_v2) {
    events::Memory memory;
    auto const cache = from.details.find(is_v2 ? "file" : "cache");
    if (cache != from.details.end()) memory.cache = cache->second;
    memory.usage = entry(from.use);
    memory.swap =
        entry(from.use && is_v2 ? with_swap(*from.use, from.swap.value_or(Stats::Memory::Use{}))
                                : from.with_swap);
    memory.kernel = entry(from.kernel);
    memory.kernel_tcp = entry(from.kernel_tcp);
    memory.raw = from.details;
    memory.psi = psi(from.pressure);
    return memory;
}

events::Blkio blkio(Stats::Io const& from) {
    events::Blkio io{from.bytes,           from.operations,   from.queued,
                     from.service_time_ns, from.wait_time_ns, from.merged,
                     from.time_ms,         from.sectors,      psi(from.pressure)};
    for (auto const& device : from.devices) {
        auto const add = [&](Stats::Io::Entries& to, Stats::Number read, Stats::Number written) {
            to.push_back({device.major, device.minor, "Read", read});
            to.push_back({device.major, device.minor, "Write", written});
        };
        add(io.bytes, device.read_bytes, device.written_bytes);
        add(io.operations, device.reads, device.writes);
    }
    return io;
}

/// The last line of that resource; there are two if code and data are apart.
std::string schema(std::vector<std::string> const& lines, std::string_view resource) {
    auto const is_of = [&](std::string const& line) { return line.starts_with(resource); };
    auto const found = std::find_if(lines.rbegin(), lines.rend(), is_of);
    return found == lines.rend() ? std::string() : *found;
}

events::Rdt rdt_event(Stats::Rdt const& from) {
    events::Rdt rdt;
    rdt.cache = from.cache;
    if (rdt.cache) {
        rdt.cache_root = schema(from.root_schemata, "L3");
        rdt.cache_schema = schema(from.schemata, "L3");
    }
    rdt.bandwidth = from.bandwidth;
    if (rdt.bandwidth) {
        rdt.bandwidth_root = schema(from.root_schemata, "MB");
        rdt.bandwidth_schema = schema(from.schemata, "MB");
    }
    rdt.schemata = from.schemata;
    rdt.traffic = from.traffic;
    if (from.occupancy) {
        rdt.occupancy.emplace();
        for (auto const bytes : *from.occupancy) rdt.occupancy->push_back({bytes});
    }
    return rdt;
}

} // namespace

std::string write_stats_event(std::string_view id, Stats const& stats) {
    events::Data data;
    if (stats.cpu) data.cpu = cpu(*stats.cpu);
    if (stats.cpuset) data.cpuset = *stats.cpuset;
    if (stats.memory) data.memory = memory(*stats.memory, stats.is_v2);
    if (stats.pids)
        data.pids = {stats.pids->current,
                     stats.pids->limit == Stats::no_limit ? 0 : stats.pids->limit};
    if (stats.io) data.blkio = blkio(*stats.io);
    for (auto const& pages : stats.hugetlb) {
        auto const& use = pages.reserved ? *pages.reserved : pages.used;
        data.hugetlb[pages.page_size] = {use.usage, use.peak, use.failures};
    }
    if (stats.rdt) data.rdt = rdt_event(*stats.rdt);
    if (!stats.interfaces.empty()) data.interfaces = stats.interfaces;
    return json::write(events::Event{"stats", std::string(id), std::move(data)});
}

std::string write_oom_event(std::string_view id) {
    return json::write(events::Event{"oom", std::string(id), {}});
}

} // namespace davit
