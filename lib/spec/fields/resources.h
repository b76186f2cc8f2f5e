// SPDX-License-Identifier: Apache-2.0
// spec/fields/resources.h - the JSON members of config-linux.md's limits. Runs in: parent.
#pragma once

#include "json/fields.h"
#include "spec/names.h"

namespace davit::json {

template <>
inline constexpr auto fields<spec::DeviceRule> = list({
    field<&spec::DeviceRule::allow>("allow", "or deny", Need::required),
    field<&spec::DeviceRule::type>("type", "a: all, b: block, c: character; absent: all"),
    field<&spec::DeviceRule::major>("major", "device number; absent or -1: any"),
    field<&spec::DeviceRule::minor>("minor", "device number; absent or -1: any"),
    field<&spec::DeviceRule::access>("access", "letters r, w, m (mknod)"),
});

template <>
inline constexpr auto fields<spec::Memory> = list({
    field<&spec::Memory::limit>("limit", "bytes; -1: unlimited"),
    field<&spec::Memory::reservation>("reservation",
                                      "bytes that are reclaimed last; -1: unlimited"),
    field<&spec::Memory::swap>("swap", "bytes of memory plus swap; -1: unlimited"),
    field<&spec::Memory::kernel>("kernel", "bytes; ignored by current kernels"),
    field<&spec::Memory::kernel_tcp>("kernelTCP", "bytes of TCP buffers; cgroup v1"),
    field<&spec::Memory::swappiness>("swappiness", "0 to 100; cgroup v1"),
    field<&spec::Memory::disable_oom_killer>("disableOOMKiller", "tasks wait instead; cgroup v1"),
    field<&spec::Memory::use_hierarchy>("useHierarchy", "account children here; cgroup v1"),
    field<&spec::Memory::check_before_update>("checkBeforeUpdate",
                                              "refuse a limit below what is in use"),
});

template <>
inline constexpr auto fields<spec::Cpu> = list({
    field<&spec::Cpu::shares>("shares", "relative weight, 2 to 262144"),
    field<&spec::Cpu::quota>("quota", "microseconds per period; -1: unlimited"),
    field<&spec::Cpu::burst>("burst", "microseconds that may be saved up"),
    field<&spec::Cpu::period>("period", "microseconds"),
    field<&spec::Cpu::realtime_runtime>("realtimeRuntime", "microseconds per period; cgroup v1"),
    field<&spec::Cpu::realtime_period>("realtimePeriod", "microseconds; cgroup v1"),
    field<&spec::Cpu::cpus>("cpus", "as in 0-3,7"),
    field<&spec::Cpu::mems>("mems", "memory nodes, as in 0-3,7"),
    field<&spec::Cpu::idle>("idle", "1: only when no other process wants the CPU"),
});

template <>
inline constexpr auto fields<spec::Pids> = list({
    field<&spec::Pids::limit>("limit", "tasks; -1 (and 0, before version 1.3): no limit"),
});

template <>
inline constexpr auto fields<spec::WeightDevice> = list({
    field<&spec::WeightDevice::major>("major", "device number", Need::required),
    field<&spec::WeightDevice::minor>("minor", "device number", Need::required),
    field<&spec::WeightDevice::weight>("weight", "relative share"),
    field<&spec::WeightDevice::leaf_weight>("leafWeight", "share against child groups; cgroup v1"),
});

template <>
inline constexpr auto fields<spec::ThrottleDevice> = list({
    field<&spec::ThrottleDevice::major>("major", "device number", Need::required),
    field<&spec::ThrottleDevice::minor>("minor", "device number", Need::required),
    field<&spec::ThrottleDevice::rate>("rate", "bytes or operations per second", Need::required),
});

template <>
inline constexpr auto fields<spec::BlockIo> = list({
    field<&spec::BlockIo::weight>("weight", "relative share, 10 to 1000"),
    field<&spec::BlockIo::leaf_weight>("leafWeight", "share against child groups; cgroup v1"),
    field<&spec::BlockIo::weight_device>("weightDevice", "shares for single devices"),
    field<&spec::BlockIo::throttle_read_bps_device>("throttleReadBpsDevice", "bytes per second"),
    field<&spec::BlockIo::throttle_write_bps_device>("throttleWriteBpsDevice", "bytes per second"),
    field<&spec::BlockIo::throttle_read_iops_device>("throttleReadIOPSDevice", "reads per second"),
    field<&spec::BlockIo::throttle_write_iops_device>("throttleWriteIOPSDevice",
                                                      "writes per second"),
});

template <>
inline constexpr auto fields<spec::HugepageLimit> = list({
    field<&spec::HugepageLimit::page_size>("pageSize", "64KB, 2MB, 1GB", Need::required),
    field<&spec::HugepageLimit::limit>("limit", "bytes", Need::required),
});

template <>
inline constexpr auto fields<spec::InterfacePriority> = list({
    field<&spec::InterfacePriority::name>("name", "interface on the host", Need::required),
    field<&spec::InterfacePriority::priority>("priority", "of its outgoing traffic",
                                              Need::required),
});

template <>
inline constexpr auto fields<spec::Network> = list({
    field<&spec::Network::class_id>("classID", "tag of outgoing packets; cgroup v1"),
    field<&spec::Network::priorities>("priorities", "per interface; cgroup v1"),
});

template <>
inline constexpr auto fields<spec::Rdma> = list({
    field<&spec::Rdma::hca_handles>("hcaHandles", "handles that may be open"),
    field<&spec::Rdma::hca_objects>("hcaObjects", "objects that may exist"),
});

template <>
inline constexpr auto fields<spec::Resources> = list({
    field<&spec::Resources::devices>("devices", "the allow-list; later rows win"),
    field<&spec::Resources::memory>("memory", "memory controller"),
    field<&spec::Resources::cpu>("cpu", "cpu and cpuset controllers"),
    field<&spec::Resources::pids>("pids", "pids controller"),
    field<&spec::Resources::block_io>("blockIO", "io controller"),
    field<&spec::Resources::hugepage_limits>("hugepageLimits", "hugetlb controller"),
    field<&spec::Resources::network>("network", "net_cls and net_prio controllers"),
    field<&spec::Resources::rdma>("rdma", "rdma controller, by device"),
    field<&spec::Resources::unified>("unified", "files of cgroup v2 and what to write to them"),
});

template <>
inline constexpr auto fields<spec::IntelRdt> = list({
    field<&spec::IntelRdt::clos_id>("closID",
                                    "resctrl group; /: the root; absent: the container's id"),
    field<&spec::IntelRdt::schemata>("schemata", "lines, written last"),
    field<&spec::IntelRdt::l3_cache_schema>("l3CacheSchema", "L3:…"),
    field<&spec::IntelRdt::mem_bw_schema>("memBwSchema", "MB:…"),
    field<&spec::IntelRdt::enable_monitoring>("enableMonitoring", "make a monitoring group"),
});

template <>
inline constexpr auto fields<spec::MemoryPolicy> = list({
    field<&spec::MemoryPolicy::mode>("mode", "see set_mempolicy(2)", Need::required),
    field<&spec::MemoryPolicy::nodes>("nodes", "memory nodes, as in 0-3,7"),
    field<&spec::MemoryPolicy::flags>("flags", "see set_mempolicy(2)"),
});

} // namespace davit::json
