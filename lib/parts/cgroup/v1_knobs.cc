// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/v1_knobs.cc - which file of a v1 cgroup carries which limit of config.json.
//
// Runs in: parent; pure. Kernel interface: Documentation/admin-guide/cgroup-v1/. davit writes rows
// from top to bottom. A row stands below another if the kernel checks its value against the
// other's. Rows with When::reused clear what an earlier user of the group left.
#include "parts/cgroup/knobs.h"

namespace davit::cgroup {

namespace {

using spec::Resources;

/// The kernel would silently take its nearest value. The words are runc's, for Docker's users.
Wanted shares(spec::Cpu const& cpu) {
    constexpr std::uint64_t least = 2, most = 262144;
    auto const n = cpu.shares.value_or(0);
    if (n == 0) return std::nullopt;
    if (n < least) return fail(Kind::config, "the minimum allowed cpu-shares is ", least);
    if (n > most) return fail(Kind::config, "the maximum allowed cpu-shares is ", most);
    return text(n);
}

constexpr auto if_reused = When::reused;
constexpr Knob v1_table[] = {
    // memory.limit_in_bytes may never exceed memory.memsw.limit_in_bytes.
    {"memory", "memory/limit", "memory.memsw.limit_in_bytes",
     [](Resources const& r) { return if_true(r.memory.limit && r.memory.swap, "-1"); }, if_reused},
    {"memory", "memory/limit", "memory.memsw.limit_in_bytes",
     [](Resources const& r) { return if_true(frees_swap_too(r.memory), "-1"); }, When::if_there},
    {"memory", "memory/limit", "memory.limit_in_bytes",
     [](Resources const& r) { return memory_limit(r.memory.limit, "-1"); }},
    {"memory", "memory/swap", "memory.memsw.limit_in_bytes",
     [](Resources const& r) -> Wanted {
         TRY(check_swap(r.memory));
         return memory_limit(r.memory.swap, "-1");
     }},
    {"memory", "memory/reservation", "memory.soft_limit_in_bytes",
     [](Resources const& r) { return memory_limit(r.memory.reservation, "-1"); }},
    {"memory", "memory/kernelTCP", "memory.kmem.tcp.limit_in_bytes",
     [](Resources const& r) -> Wanted {
         if (r.memory.kernel_tcp == -1) return std::nullopt; // the initial value
         return memory_limit(r.memory.kernel_tcp, "-1");
     }},
    {"memory", "memory/swappiness", "memory.swappiness",
     [](Resources const& r) { return number(r.memory.swappiness); }},
    {"memory", "memory/disableOOMKiller", "memory.oom_control",
     [](Resources const& r) { return if_true(r.memory.disable_oom_killer == true, "1"); }},
    // The group may inherit it from the group above.
    {"memory", "memory/disableOOMKiller", "memory.oom_control",
     [](Resources const& r) { return if_true(r.memory.disable_oom_killer == false, "0"); },
     When::if_there},

    // An idle group has no shares; burst ≤ quota; quota and period are checked together.
    {"cpu", "cpu/shares", "cpu.idle",
     [](Resources const& r) { return if_true(r.cpu.shares || r.cpu.idle, "0"); }, if_reused},
    {"cpu", "cpu/quota", "cpu.cfs_burst_us",
     [](Resources const& r) { return if_true(r.cpu.quota || r.cpu.period, "0"); }, if_reused},
    {"cpu", "cpu/quota", "cpu.cfs_quota_us",
     [](Resources const& r) { return if_true(r.cpu.quota || r.cpu.period, "-1"); }, if_reused},
    {"cpu", "cpu/shares", "cpu.shares", [](Resources const& r) { return shares(r.cpu); }},
    {"cpu", "cpu/idle", "cpu.idle", [](Resources const& r) { return number(r.cpu.idle); }},
    {"cpu", "cpu/period", "cpu.cfs_period_us",
     [](Resources const& r) { return unless_zero(r.cpu.period); }},
    {"cpu", "cpu/quota", "cpu.cfs_quota_us",
     [](Resources const& r) { return unless_zero(r.cpu.quota); }},
    {"cpu", "cpu/burst", "cpu.cfs_burst_us",
     [](Resources const& r) { return number(r.cpu.burst); }},
    {"cpu", "cpu/realtimePeriod", "cpu.rt_period_us",
     [](Resources const& r) { return unless_zero(r.cpu.realtime_period); }},
    {"cpu", "cpu/realtimeRuntime", "cpu.rt_runtime_us",
     [](Resources const& r) { return unless_zero(r.cpu.realtime_runtime); }},

    {"cpuset", "cpu/cpus", "cpuset.cpus", [](Resources const& r) { return words(r.cpu.cpus); }},
    {"cpuset", "cpu/mems", "cpuset.mems", [](Resources const& r) { return words(r.cpu.mems); }},

    // When init has as many processes as the container: see v2_knobs.cc.
    {"pids", "pids/limit", "pids.max",
     [](Resources const& r) { return if_true(r.pids.limit.has_value(), "max"); }, if_reused},
    {"pids", "pids/limit", "pids.max",
     [](Resources const& r) { return limit(r.pids.limit, "max"); }, When::born},

    {"blkio", "blockIO/weight", "blkio.bfq.weight",
     [](Resources const& r) { return unless_zero(r.block_io.weight); }},

    {"net_cls", "network/classID", "net_cls.classid",
     [](Resources const& r) { return number(r.network.class_id); }},
};

void throttle_rules(std::vector<spec::ThrottleDevice> const& devices, char const* member,
                    char const* file, std::vector<Setting>& out) {
    for (std::size_t i = 0; i < devices.size(); ++i)
        out.push_back({"blkio", element(member, i, "rate"), file,
                       text(devices[i].major, ':', devices[i].minor, ' ', devices[i].rate)});
}

} // namespace

std::span<Knob const> v1_knobs() { return v1_table; }

void v1_lists(Resources const& wanted, std::vector<Setting>& out) {
    hugetlb(wanted, "limit_in_bytes", out);
    rdma(wanted, out);
    auto const& io = wanted.block_io;
    for (std::size_t i = 0; i < io.weight_device.size(); ++i)
        if (auto const& d = io.weight_device[i]; d.weight)
            out.push_back({"blkio", element("blockIO/weightDevice", i, "weight"),
                           "blkio.bfq.weight_device", text(d.major, ':', d.minor, ' ', *d.weight)});
    throttle_rules(io.throttle_read_bps_device, "blockIO/throttleReadBpsDevice",
                   "blkio.throttle.read_bps_device", out);
    throttle_rules(io.throttle_write_bps_device, "blockIO/throttleWriteBpsDevice",
                   "blkio.throttle.write_bps_device", out);
    throttle_rules(io.throttle_read_iops_device, "blockIO/throttleReadIOPSDevice",
                   "blkio.throttle.read_iops_device", out);
    throttle_rules(io.throttle_write_iops_device, "blockIO/throttleWriteIOPSDevice",
                   "blkio.throttle.write_iops_device", out);
    for (std::size_t i = 0; i < wanted.network.priorities.size(); ++i) {
        auto const& [name, priority] = wanted.network.priorities[i];
        out.push_back({"net_prio", element("network/priorities", i, "priority"),
                       "net_prio.ifpriomap", text(name, ' ', priority)});
    }
}

} // namespace davit::cgroup
