// SPDX-License-Identifier: Apache-2.0
// spec/validate_resources.cc - the rules of config-linux.md on limits. Runs in: parent.
#include <algorithm>

#include "spec/rules.h"

namespace davit::spec {
namespace {

constexpr Path at_linux{"linux"};

// config-linux.md#allowed-device-list. Major and minor: users of runc write "any" as -1.
Result<> validate_device_rules(std::vector<DeviceRule> const& rules, Path const& at) {
    constexpr std::int64_t largest = 0xffff'ffff;
    Path const devices{at, "devices"};
    for (std::size_t i = 0; i < rules.size(); ++i) {
        Path const here{devices, i};
        for (auto const& [member, number] :
             {std::pair{"major", rules[i].major}, std::pair{"minor", rules[i].minor}})
            if (number && (*number < -1 || *number > largest))
                return wrong({here, member}, "must be a device number, or -1 for any", *number);
        // "A composition of r (read), w (write), and m (mknod)". Other letters only cause a
        // warning.
        if (!rules[i].access.empty() && rules[i].access.find_first_of("rwm") == std::string::npos)
            return wrong({here, "access"}, "must consist of the letters r, w and m",
                         rules[i].access);
    }
    return {};
}

// config-linux.md#memory
Result<> validate_memory(Memory const& m, Path const& at) {
    Path const memory{at, "memory"};
    // "The values are from 0 to 100."
    if (m.swappiness && *m.swappiness > 100)
        return wrong({memory, "swappiness"}, "must be 0 to 100");
    // "limit of memory+Swap usage" can't be below that of memory; 0 and -1 have other meanings.
    if (m.swap && m.limit && *m.swap > 0 && *m.swap < *m.limit)
        return wrong({memory, "swap"}, "must not be below limit: it is memory plus swap", *m.swap);
    return {};
}

// config-linux.md#cpu
Result<> validate_cpu(Cpu const& c, Path const& at) {
    Path const cpu{at, "cpu"};
    // "If specified, this value MUST be no larger than any positive quota"
    if (c.burst && c.quota && *c.quota > 0 && *c.burst > static_cast<std::uint64_t>(*c.quota))
        return wrong({cpu, "burst"}, "must not be above quota");
    // "0: default behavior, 1: SCHED_IDLE"
    if (c.idle && *c.idle != 0 && *c.idle != 1)
        return wrong({cpu, "idle"}, "must be 0 or 1", *c.idle);
    return {};
}

// config-linux.md#block-io
Result<> validate_block_io(BlockIo const& b, Path const& at) {
    Path const block_io{at, "blockIO"};
    Path const weights{block_io, "weightDevice"};
    for (std::size_t i = 0; i < b.weight_device.size(); ++i) {
        auto const& device = b.weight_device[i];
        Path const here{weights, i};
        TRY(device_number(here, device.major, device.minor));
        // "You MUST specify at least one of weight or leafWeight in a given entry"
        if (!device.weight && !device.leaf_weight)
            return wrong(here, "must have weight or leafWeight");
    }
    struct Row {
        char const* member;
        std::vector<ThrottleDevice> BlockIo::* devices;
    };
    constexpr Row rows[] = {
        {"throttleReadBpsDevice", &BlockIo::throttle_read_bps_device},
        {"throttleWriteBpsDevice", &BlockIo::throttle_write_bps_device},
        {"throttleReadIOPSDevice", &BlockIo::throttle_read_iops_device},
        {"throttleWriteIOPSDevice", &BlockIo::throttle_write_iops_device},
    };
    for (auto const& row : rows) {
        auto const& devices = b.*row.devices;
        Path const list{block_io, row.member};
        for (std::size_t i = 0; i < devices.size(); ++i)
            TRY(device_number({list, i}, devices[i].major, devices[i].minor));
    }
    return {};
}

// schema/config-linux.json: ^[1-9][0-9]*[KMG]B$
bool is_page_size(std::string_view s) {
    if (s.size() < 3 || s[0] == '0' || !s.ends_with('B')) return false;
    auto const number = s.substr(0, s.size() - 2);
    return std::string_view("KMG").contains(s[s.size() - 2])
           && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

// config-linux.md#huge-page-limits, #network, #rdma, #unified
Result<> validate_others(Resources const& r, Path const& at) {
    Path const pages{at, "hugepageLimits"};
    for (std::size_t i = 0; i < r.hugepage_limits.size(); ++i)
        if (!is_page_size(r.hugepage_limits[i].page_size))
            return wrong({Path(pages, i), "pageSize"}, "must be a size like 64KB, 2MB or 1GB",
                         r.hugepage_limits[i].page_size);

    Path const network{at, "network"};
    Path const priorities{network, "priorities"};
    for (std::size_t i = 0; i < r.network.priorities.size(); ++i)
        if (r.network.priorities[i].name.empty())
            return wrong({Path(priorities, i), "name"}, "must not be empty");

    // "You MUST specify at least one of the hcaHandles or hcaObjects in a given entry"
    Path const rdma{at, "rdma"};
    for (auto const& [device, limits] : r.rdma)
        if (!limits.hca_handles && !limits.hca_objects)
            return wrong({rdma, device}, "must have hcaHandles or hcaObjects");

    // "Each key in the map refers to a file in the cgroup": no key may lead elsewhere.
    Path const unified{at, "unified"};
    for (auto const& [file, value] : r.unified)
        if (file.empty() || file.contains('/') || file == "." || file == "..")
            return wrong({unified, file}, "must be the name of a file in the cgroup");
    return {};
}

} // namespace

Result<> validate_resources(Resources const& r, Path const& at) {
    TRY(validate_device_rules(r.devices, at));
    TRY(validate_memory(r.memory, at));
    TRY(validate_cpu(r.cpu, at));
    TRY(validate_block_io(r.block_io, at));
    return validate_others(r, at);
}

// config-linux.md#intelrdt
Result<> validate_intel_rdt(IntelRdt const& rdt) {
    Path const here{at_linux, "intelRdt"};
    // closID is a directory of resctrl, or "/" for its root. It can't be one of the kernel's own.
    constexpr std::string_view kernels[] = {".", "..", "info", "mon_data", "mon_groups"};
    if (rdt.clos_id != "/"
        && (rdt.clos_id.contains('/')
            || std::ranges::find(kernels, rdt.clos_id) != std::end(kernels)))
        return wrong({here, "closID"}, "must be \"/\" or the name of a directory", rdt.clos_id);
    // "MUST start with MB: and MUST NOT contain newlines"
    if (!rdt.mem_bw_schema.empty()
        && (!rdt.mem_bw_schema.starts_with("MB:") || rdt.mem_bw_schema.contains('\n')))
        return wrong({here, "memBwSchema"}, "must be one line that begins with \"MB:\"",
                     rdt.mem_bw_schema);
    // "The value MUST NOT contain newlines."
    for (std::size_t i = 0; i < rdt.schemata.size(); ++i)
        if (rdt.schemata[i].contains('\n'))
            return wrong({Path(here, "schemata"), i}, "must be one line", rdt.schemata[i]);
    return {};
}

// config-linux.md#memory-policy; set_mempolicy(2) refuses these with EINVAL.
Result<> validate_memory_policy(MemoryPolicy const& policy) {
    using enum MemoryPolicyMode;
    using enum MemoryPolicyFlag;
    Path const here{at_linux, "memoryPolicy"};
    TRY(number_list({here, "nodes"}, policy.nodes));
    auto const has = [&](MemoryPolicyFlag f) {
        return std::ranges::find(policy.flags, f) != policy.flags.end();
    };
    bool const takes_nodes = policy.mode != default_ && policy.mode != local;
    bool const needs_nodes = takes_nodes && policy.mode != preferred;
    bool const has_nodes = policy.nodes.find_first_not_of(", ") != std::string::npos;
    if (has_nodes && !takes_nodes)
        return wrong({here, "nodes"}, "must be empty for MPOL_DEFAULT and MPOL_LOCAL",
                     policy.nodes);
    if (!has_nodes && needs_nodes) return wrong({here, "nodes"}, "must name a node for this mode");
    if (has(static_nodes) && has(relative_nodes))
        return wrong({here, "flags"},
                     "must not have both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES");
    if ((has(static_nodes) || has(relative_nodes)) && !has_nodes && policy.mode != default_)
        return wrong({here, "flags"}, "must not say how to see nodes when there are none");
    if (has(numa_balancing) && policy.mode != bind && policy.mode != preferred_many)
        return wrong({here, "flags"},
                     "must have MPOL_F_NUMA_BALANCING only with MPOL_BIND and MPOL_PREFERRED_MANY");
    return {};
}

} // namespace davit::spec
