// SPDX-License-Identifier: Apache-2.0
// davit/spec/resources.h - limits: cgroups, resctrl and the NUMA policy.
//
// config-linux.md#control-groups, #intelrdt, #memory-policy. The conventions of these structs are
// in davit/spec.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "davit/spec/text.h"

namespace davit::spec {

/// ('a', 'b', 'c')
enum class DeviceRuleType : std::uint32_t { all, block, character };

/// A row of the device allow-list; later rows win. [configLinuxDeviceAllowedlist]
struct DeviceRule {
    bool allow = false;
    DeviceRuleType type = DeviceRuleType::all;
    std::optional<std::int64_t> major; ///< absent or -1: any
    std::optional<std::int64_t> minor; ///< absent or -1: any
    std::string access;                ///< letters of "rwm"
    bool operator==(DeviceRule const&) const = default;
};

/// Bytes; -1: unlimited. [configLinuxMemory]
struct Memory {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> reservation;
    std::optional<std::int64_t> swap; ///< memory plus swap
    std::optional<std::int64_t> kernel;
    std::optional<std::int64_t> kernel_tcp;
    std::optional<std::uint64_t> swappiness; ///< 0 … 100
    std::optional<bool> disable_oom_killer;
    std::optional<bool> use_hierarchy;
    std::optional<bool> check_before_update;
    bool operator==(Memory const&) const = default;
};

/// [configLinuxCPU]
struct Cpu {
    std::optional<std::uint64_t> shares;          ///< relative weight, 2 … 262144
    std::optional<std::int64_t> quota;            ///< microseconds per period; -1: unlimited
    std::optional<std::uint64_t> burst;           ///< microseconds
    std::optional<std::uint64_t> period;          ///< microseconds
    std::optional<std::int64_t> realtime_runtime; ///< microseconds
    std::optional<std::uint64_t> realtime_period; ///< microseconds
    std::string cpus;                             ///< "0-3,7"
    std::string mems;                             ///< "0-3,7"
    std::optional<std::int64_t> idle;             ///< 0, or 1 for SCHED_IDLE
    bool operator==(Cpu const&) const = default;
};

/// [configLinuxPIDS]
struct Pids {
    std::optional<std::int64_t> limit; ///< tasks; -1: no limit; 0 is a limit
    bool operator==(Pids const&) const = default;
};

/// At least one of the two weights is there. [configLinuxBlockIO]
struct WeightDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leaf_weight;
    bool operator==(WeightDevice const&) const = default;
};

/// [configLinuxBlockIO]
struct ThrottleDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::uint64_t rate = 0; ///< bytes, or operations, per second
    bool operator==(ThrottleDevice const&) const = default;
};

/// [configLinuxBlockIO]
struct BlockIo {
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leaf_weight;
    std::vector<WeightDevice> weight_device;
    std::vector<ThrottleDevice> throttle_read_bps_device;
    std::vector<ThrottleDevice> throttle_write_bps_device;
    std::vector<ThrottleDevice> throttle_read_iops_device;
    std::vector<ThrottleDevice> throttle_write_iops_device;
    bool operator==(BlockIo const&) const = default;
};

/// [configLinuxHugePageLimits]
struct HugepageLimit {
    std::string page_size;   ///< "64KB", "2MB", "1GB"
    std::uint64_t limit = 0; ///< bytes
    bool operator==(HugepageLimit const&) const = default;
};

/// [configLinuxNetwork]
struct InterfacePriority {
    std::string name; ///< of the interface, in the runtime's namespace
    std::uint32_t priority = 0;
    bool operator==(InterfacePriority const&) const = default;
};

/// cgroup v1 only. [configLinuxNetwork]
struct Network {
    std::optional<std::uint32_t> class_id;
    std::vector<InterfacePriority> priorities;
    bool operator==(Network const&) const = default;
};

/// The map's key is the RDMA device's name; at least one limit is there. [configLinuxRDMA]
struct Rdma {
    std::optional<std::uint32_t> hca_handles;
    std::optional<std::uint32_t> hca_objects;
    bool operator==(Rdma const&) const = default;
};

/// [configLinuxControlGroups]
struct Resources {
    std::vector<DeviceRule> devices;
    Memory memory;
    Cpu cpu;
    Pids pids;
    BlockIo block_io;
    std::vector<HugepageLimit> hugepage_limits;
    Network network;
    std::map<std::string, Rdma> rdma;
    TextMap unified; ///< file of the cgroup v2 directory → what is written to it
    bool operator==(Resources const&) const = default;
};

/// resctrl; the presence of the object matters. [configLinuxIntelRdt]
struct IntelRdt {
    std::string clos_id; ///< "/": the root group; empty: the container's id
    Texts schemata;      ///< lines, written last
    std::string l3_cache_schema;
    std::string mem_bw_schema;
    bool enable_monitoring = false;
    bool operator==(IntelRdt const&) const = default;
};

/// The kernel's MPOL_ numbers.
enum class MemoryPolicyMode : std::uint32_t {
    default_ = 0,
    preferred = 1,
    bind = 2,
    interleave = 3,
    local = 4,
    preferred_many = 5,
    weighted_interleave = 6,
};

/// The kernel's MPOL_F_ bits.
enum class MemoryPolicyFlag : std::uint32_t {
    numa_balancing = 0x2000,
    relative_nodes = 0x4000,
    static_nodes = 0x8000,
};

/// set_mempolicy(2). [configLinuxMemoryPolicy]
struct MemoryPolicy {
    MemoryPolicyMode mode = MemoryPolicyMode::default_;
    std::string nodes; ///< "0-3,7"
    std::vector<MemoryPolicyFlag> flags;
    bool operator==(MemoryPolicy const&) const = default;
};

} // namespace davit::spec
