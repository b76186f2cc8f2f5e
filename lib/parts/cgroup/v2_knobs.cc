// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/v2_knobs.cc - which file of a v2 cgroup carries which limit of config.json.
//
// Runs in: parent; pure. Kernel interface: Documentation/admin-guide/cgroup-v2.rst. davit writes
// rows from top to bottom. A row stands below another if the kernel checks its value against the
// other's. Rows with When::reused clear what an earlier user of the group left.
#include "parts/cgroup/knobs.h"

namespace davit::cgroup {

namespace {

using spec::Resources;

// The spec's "swap" is memory plus swap; the kernel's memory.swap.max is swap alone. If memory is
// unlimited there is nothing to subtract: davit takes the number as swap alone, as runc does.
Wanted swap_alone(spec::Memory const& m) {
    if (m.swap.value_or(0) == 0) return std::nullopt;
    TRY(check_swap(m));
    if (*m.swap < 0 || m.limit == -1) return limit(m.swap, "max");
    return text(*m.swap - *m.limit);
}
bool limits_swap(Wanted const& swap) {
    return !swap || (*swap && **swap != "max" && **swap != "0");
}

std::string quota_and_period(spec::Cpu const& c) {
    auto const quota = c.quota.value_or(0);
    std::uint64_t const period = c.period.value_or(0) == 0 ? 100'000 : *c.period;
    return quota > 0 ? text(quota, ' ', period) : text("max ", period);
}

constexpr auto reused = When::reused;
constexpr Knob v2_table[] = {
    // A kernel without swap has no such file, and so already fulfils it.
    {"memory", "memory/limit", "memory.swap.max",
     [](Resources const& r) { return if_true(frees_swap_too(r.memory), "max"); }, When::if_there},
    {"memory", "memory/swap", "memory.swap.max",
     [](Resources const& r) -> Wanted {
         auto swap = swap_alone(r.memory);
         if (limits_swap(swap)) return std::nullopt;
         return swap;
     },
     When::if_there},
    {"memory", "memory/swap", "memory.swap.max",
     [](Resources const& r) -> Wanted {
         auto swap = swap_alone(r.memory);
         if (!limits_swap(swap)) return std::nullopt;
         return swap;
     }},
    {"memory", "memory/limit", "memory.max",
     [](Resources const& r) { return memory_limit(r.memory.limit, "max"); }},
    {"memory", "memory/reservation", "memory.low",
     [](Resources const& r) { return memory_limit(r.memory.reservation, "max"); }},

    // An idle group has no weight; burst ≤ quota.
    {"cpu", "cpu/shares", "cpu.idle",
     [](Resources const& r) { return if_true(r.cpu.shares || r.cpu.idle, "0"); }, reused},
    {"cpu", "cpu/quota", "cpu.max.burst",
     [](Resources const& r) { return if_true(r.cpu.quota || r.cpu.period, "0"); }, reused},
    {"cpu", "cpu/shares", "cpu.weight",
     [](Resources const& r) -> Wanted {
         if (r.cpu.shares.value_or(0) == 0) return std::nullopt;
         return text(weight_of_shares(*r.cpu.shares));
     }},
    {"cpu", "cpu/idle", "cpu.idle", [](Resources const& r) { return number(r.cpu.idle); }},
    // plan() keeps the first of two equal lines.
    {"cpu", "cpu/quota", "cpu.max",
     [](Resources const& r) -> Wanted {
         if (r.cpu.quota.value_or(0) == 0) return std::nullopt;
         return quota_and_period(r.cpu);
     }},
    {"cpu", "cpu/period", "cpu.max",
     [](Resources const& r) -> Wanted {
         if (r.cpu.period.value_or(0) == 0) return std::nullopt;
         return quota_and_period(r.cpu);
     }},
    {"cpu", "cpu/burst", "cpu.max.burst", [](Resources const& r) { return number(r.cpu.burst); }},

    {"cpuset", "cpu/cpus", "cpuset.cpus", [](Resources const& r) { return words(r.cpu.cpus); }},
    {"cpuset", "cpu/mems", "cpuset.mems", [](Resources const& r) { return words(r.cpu.mems); }},

    // A limit of 0 would stop the container's first process; a limit of 1, the process before it in
    // a joined pid namespace. So it is written once init has as many processes as the container.
    {"pids", "pids/limit", "pids.max",
     [](Resources const& r) { return if_true(r.pids.limit.has_value(), "max"); }, reused},
    {"pids", "pids/limit", "pids.max",
     [](Resources const& r) { return limit(r.pids.limit, "max"); }, When::born},

    // BFQ has a file of its own, with the specification's range.
    {"io", "blockIO/weight", "io.bfq.weight",
     [](Resources const& r) { return unless_zero(r.block_io.weight); }, When::if_there},
    {"io", "blockIO/weight", "io.weight",
     [](Resources const& r) -> Wanted {
         if (r.block_io.weight.value_or(0) == 0) return std::nullopt;
         return text("default ", io_weight(*r.block_io.weight));
     },
     When::instead},
};

void throttle(std::vector<spec::ThrottleDevice> const& devices, char const* member, char const* key,
              std::vector<Setting>& out) {
    for (std::size_t i = 0; i < devices.size(); ++i)
        out.push_back(
            {"io", element(member, i, "rate"), "io.max",
             text(devices[i].major, ':', devices[i].minor, ' ', key, '=', devices[i].rate)});
}

/// "io.max" belongs to the io controller; "cgroup.…" to none.
void unified(spec::TextMap const& files, std::vector<Setting>& out) {
    for (auto const& [file, value] : files) {
        std::string key; // RFC 6901; plan() refuses "/"
        for (char const c : file) key += c == '~' ? "~0" : std::string(1, c);
        auto const member = text("/linux/resources/unified/", key);
        auto const controller = file.substr(0, file.find('.'));
        auto const when = file == "pids.max" ? When::born : When::always; // as above
        // The kernel reads one line per write.
        auto const lines = split(value, '\n');
        if (lines.empty()) out.push_back({controller, member, file, "\n", when});
        for (auto const line : lines)
            if (!line.empty()) out.push_back({controller, member, file, std::string(line), when});
    }
}

} // namespace

std::span<Knob const> v2_knobs() { return v2_table; }

void v2_lists(Resources const& wanted, std::vector<Setting>& out) {
    hugetlb(wanted, "max", out);
    rdma(wanted, out);
    auto const& io = wanted.block_io;
    for (std::size_t i = 0; i < io.weight_device.size(); ++i)
        if (auto const& d = io.weight_device[i]; d.weight) {
            auto const member = element("blockIO/weightDevice", i, "weight");
            auto const device = text(d.major, ':', d.minor, ' ');
            out.push_back({"io", member, "io.bfq.weight", text(device, *d.weight), When::if_there});
            out.push_back(
                {"io", member, "io.weight", text(device, io_weight(*d.weight)), When::instead});
        }
    throttle(io.throttle_read_bps_device, "blockIO/throttleReadBpsDevice", "rbps", out);
    throttle(io.throttle_write_bps_device, "blockIO/throttleWriteBpsDevice", "wbps", out);
    throttle(io.throttle_read_iops_device, "blockIO/throttleReadIOPSDevice", "riops", out);
    throttle(io.throttle_write_iops_device, "blockIO/throttleWriteIOPSDevice", "wiops", out);
    unified(wanted.unified, out); // the user's own lines come last and win
}

} // namespace davit::cgroup
