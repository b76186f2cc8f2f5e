// SPDX-License-Identifier: Apache-2.0
// spec/fields/linux.h - the JSON members of config-linux.md, resources apart. Runs in: parent.
#pragma once

#include "spec/fields/resources.h"

namespace davit::json {

template <>
inline constexpr auto fields<spec::IdMapping> = list({
    field<&spec::IdMapping::container_id>("containerID", "first id inside", Need::required),
    field<&spec::IdMapping::host_id>("hostID", "first id outside", Need::required),
    field<&spec::IdMapping::size>("size", "how many ids", Need::required),
});

template <>
inline constexpr auto fields<spec::Namespace> = list({
    field<&spec::Namespace::type>("type", "see namespaces(7)", Need::required),
    field<&spec::Namespace::path>("path", "join this one; absent: make a new one"),
});

template <>
inline constexpr auto fields<spec::TimeOffset> = list({
    field<&spec::TimeOffset::secs>("secs", "seconds"),
    field<&spec::TimeOffset::nanosecs>("nanosecs", "nanoseconds, below one second"),
});

template <>
inline constexpr auto fields<spec::Device> = list({
    field<&spec::Device::path>("path", "absolute, in the container", Need::required),
    field<&spec::Device::type>("type", "b: block, c or u: character, p: fifo", Need::required),
    field<&spec::Device::major>("major", "device number; required but for a fifo"),
    field<&spec::Device::minor>("minor", "device number; required but for a fifo"),
    field<&spec::Device::file_mode>("fileMode", "permissions, in decimal: 438 is 0666"),
    field<&spec::Device::uid>("uid", "owner, inside the container"),
    field<&spec::Device::gid>("gid", "group, inside the container"),
});

template <>
inline constexpr auto fields<spec::NetDevice> = list({
    field<&spec::NetDevice::name>("name", "inside the container, may hold %d; absent: as outside"),
});

template <>
inline constexpr auto fields<spec::SeccompArg> = list({
    field<&spec::SeccompArg::index>("index", "which argument, 0 to 5", Need::required),
    field<&spec::SeccompArg::value>("value", "compared with; SCMP_CMP_MASKED_EQ: the mask",
                                    Need::required),
    field<&spec::SeccompArg::value_two>("valueTwo", "SCMP_CMP_MASKED_EQ: compared with"),
    field<&spec::SeccompArg::op>("op", "comparison", Need::required),
});

template <>
inline constexpr auto fields<spec::Syscall> = list({
    field<&spec::Syscall::names>("names", "system calls", Need::required),
    field<&spec::Syscall::action>("action", "what happens", Need::required),
    field<&spec::Syscall::errno_ret>("errnoRet", "errno or trace data; absent: EPERM"),
    field<&spec::Syscall::args>("args", "conditions that must all hold"),
});

template <>
inline constexpr auto fields<spec::Seccomp> = list({
    field<&spec::Seccomp::default_action>("defaultAction", "for system calls not named",
                                          Need::required),
    field<&spec::Seccomp::default_errno_ret>("defaultErrnoRet",
                                             "errno or trace data; absent: EPERM"),
    field<&spec::Seccomp::architectures>("architectures", "beside the kernel's own"),
    field<&spec::Seccomp::flags>("flags", "see seccomp(2)"),
    field<&spec::Seccomp::listener_path>("listenerPath", "socket of the agent that is notified"),
    field<&spec::Seccomp::listener_metadata>("listenerMetadata", "handed to the agent"),
    field<&spec::Seccomp::syscalls>("syscalls", "the rules"),
});

template <>
inline constexpr auto fields<spec::Personality> = list({
    field<&spec::Personality::domain>("domain", "LINUX32: uname shows a 32 bit machine",
                                      Need::required),
    field<&spec::Personality::flags>("flags", "none is defined"),
});

template <>
inline constexpr auto fields<spec::Linux> = list({
    field<&spec::Linux::uid_mappings>("uidMappings", "user ids of the user namespace"),
    field<&spec::Linux::gid_mappings>("gidMappings", "group ids of the user namespace"),
    field<&spec::Linux::sysctl>("sysctl", "kernel parameters of the namespaces"),
    field<&spec::Linux::resources>("resources", "limits"),
    field<&spec::Linux::cgroups_path>("cgroupsPath", "path, or slice:prefix:name; absent: by id"),
    field<&spec::Linux::namespaces>("namespaces", "to make or to join"),
    field<&spec::Linux::devices>("devices", "nodes to make"),
    field<&spec::Linux::net_devices>("netDevices", "host interfaces to move inside, by name"),
    field<&spec::Linux::seccomp>("seccomp", "system call filter"),
    field<&spec::Linux::rootfs_propagation>("rootfsPropagation", "of the root mount"),
    field<&spec::Linux::masked_paths>("maskedPaths", "made unreadable"),
    field<&spec::Linux::readonly_paths>("readonlyPaths", "made read-only"),
    field<&spec::Linux::mount_label>("mountLabel", "SELinux context of mounts"),
    field<&spec::Linux::intel_rdt>("intelRdt", "resctrl group: caches and memory bandwidth"),
    field<&spec::Linux::memory_policy>("memoryPolicy", "NUMA policy"),
    field<&spec::Linux::personality>("personality", "execution domain"),
    field<&spec::Linux::time_offsets>("timeOffsets", "by clock: monotonic, boottime"),
});

} // namespace davit::json
