// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/v2_stats.cc - which file of a v2 group holds which statistic; huge pages of v1 and
// v2.
//
// Runs in: parent, pure. Kernel interface: Documentation/admin-guide/cgroup-v2.rst.
#include "parts/cgroup/stats.h"
#include "parts/cgroup/stats_take.h"

namespace davit::cgroup {

namespace {

constexpr Number us = 1000;

constexpr Key cpu_stat[] = {
    {"usage_usec", [](Stats& s) -> Number& { return cpu(s).total_ns; }, us},
    {"user_usec", [](Stats& s) -> Number& { return cpu(s).user_ns; }, us},
    {"system_usec", [](Stats& s) -> Number& { return cpu(s).system_ns; }, us},
    {"nr_periods", [](Stats& s) -> Number& { return cpu(s).periods; }},
    {"nr_throttled", [](Stats& s) -> Number& { return cpu(s).throttled_periods; }},
    {"throttled_usec", [](Stats& s) -> Number& { return cpu(s).throttled_ns; }, us},
    {"nr_bursts", [](Stats& s) -> Number& { return cpu(s).bursts; }},
    {"burst_usec", [](Stats& s) -> Number& { return cpu(s).burst_ns; }, us},
};
constexpr Key memory_events[] = {
    {"low", [](Stats& s) -> Number& { return events(s).low; }},
    {"high", [](Stats& s) -> Number& { return events(s).high; }},
    {"max", [](Stats& s) -> Number& { return events(s).max; }},
    {"oom", [](Stats& s) -> Number& { return events(s).oom; }},
    {"oom_kill", [](Stats& s) -> Number& { return events(s).oom_kill; }},
    {"oom_group_kill", [](Stats& s) -> Number& { return events(s).oom_group_kill; }},
};

/// For the pressure of a part that may have no other file.
template <auto& part>
Flaw pressure(std::string_view content, Stats& stats) {
    return read_pressure(content, made(part(stats).pressure));
}

constexpr Statistic v2_files[] = {
    {"", "cpu.stat", keys<cpu_stat>, true}, // also without the controller: no throttling then
    {"", "cpu.pressure", pressure<cpu>},

    {"memory", "memory.stat",
     [](auto content, Stats& s) { return read_all_keys(content, memory(s).details); }},
    {"memory", "memory.current", number<[](Stats& s) { return &use(s).usage; }>},
    {"memory", "memory.max", number<[](Stats& s) { return &use(s).limit; }>},
    {"memory", "memory.peak", number<[](Stats& s) { return &use(s).peak; }>}, // Linux 5.19
    {"memory", "memory.swap.current", number<[](Stats& s) { return &swap(s).usage; }>},
    {"memory", "memory.swap.max", number<[](Stats& s) { return &swap(s).limit; }>},
    {"memory", "memory.swap.peak", number<[](Stats& s) { return &swap(s).peak; }>}, // Linux 6.5
    {"memory", "memory.events", keys<memory_events>},
    {"", "memory.pressure", pressure<memory>},

    {"io", "io.stat",
     [](auto content, Stats& s) { return read_io_devices(content, io(s).devices); }},
    {"", "io.pressure", pressure<io>},

    {"pids", "pids.current", number<[](Stats& s) { return &pids(s).current; }>},
    {"pids", "pids.max", number<[](Stats& s) { return &pids(s).limit; }>},

    {"rdma", "rdma.current", [](auto content, Stats& s) { return read_rdma(content, s.rdma); }},
    {"rdma", "rdma.max", [](auto content, Stats& s) { return read_rdma(content, s.rdma_limits); }},
};

using PageUse = Stats::Hugetlb::Use;

template <auto member>
Flaw one(std::string_view content, PageUse& use) {
    return read_number(content, use.*member);
}

/// "max 0": how often `max` was hit.
Flaw failures(std::string_view content, PageUse& use) {
    std::map<std::string, Number> events;
    auto flaw = read_all_keys(content, events);
    use.failures = events["max"];
    return flaw;
}

constexpr HugetlbFile v1_hugetlb[] = {
    {".usage_in_bytes", one<&PageUse::usage>},
    {".limit_in_bytes", one<&PageUse::limit>},
    {".max_usage_in_bytes", one<&PageUse::peak>},
    {".failcnt", one<&PageUse::failures>},
};
constexpr HugetlbFile v2_hugetlb[] = {
    {".current", one<&PageUse::usage>},
    {".max", one<&PageUse::limit>},
    {".events", failures},
};

} // namespace

std::span<Statistic const> v2_statistics() { return v2_files; }

std::span<HugetlbFile const> hugetlb_files(bool v2) {
    if (v2) return v2_hugetlb;
    return v1_hugetlb;
}

} // namespace davit::cgroup
