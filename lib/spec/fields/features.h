// SPDX-License-Identifier: Apache-2.0
// spec/fields/features.h - the JSON members of features.md and features-linux.md. Runs in: parent.
#pragma once

#include "davit/spec/features.h"
#include "json/fields.h"

namespace davit::json {

template <>
inline constexpr auto fields<spec::CgroupFeatures> = list({
    field<&spec::CgroupFeatures::v1>("v1", "cgroup v1, hybrid included"),
    field<&spec::CgroupFeatures::v2>("v2", "cgroup v2"),
    field<&spec::CgroupFeatures::systemd>("systemd", "groups made by the system's systemd"),
    field<&spec::CgroupFeatures::systemd_user>("systemdUser", "groups made by a user's systemd"),
    field<&spec::CgroupFeatures::rdma>("rdma", "limits of the rdma controller"),
});

template <>
inline constexpr auto fields<spec::SeccompFeatures> = list({
    field<&spec::SeccompFeatures::enabled>("enabled", "profiles are accepted"),
    field<&spec::SeccompFeatures::actions>("actions", "of syscalls[].action"),
    field<&spec::SeccompFeatures::operators>("operators", "of syscalls[].args[].op"),
    field<&spec::SeccompFeatures::archs>("archs", "of architectures"),
    field<&spec::SeccompFeatures::known_flags>("knownFlags", "of flags"),
    field<&spec::SeccompFeatures::supported_flags>("supportedFlags", "those of this kernel"),
});

template <>
inline constexpr auto fields<spec::Enabled> = list({
    field<&spec::Enabled::enabled>("enabled", "it is supported"),
});

template <>
inline constexpr auto fields<spec::IntelRdtFeatures> = list({
    field<&spec::IntelRdtFeatures::enabled>("enabled", "linux.intelRdt is supported"),
    field<&spec::IntelRdtFeatures::schemata>("schemata", "its schemata, too"),
    field<&spec::IntelRdtFeatures::monitoring>("monitoring", "its enableMonitoring, too"),
});

template <>
inline constexpr auto fields<spec::MemoryPolicyFeatures> = list({
    field<&spec::MemoryPolicyFeatures::modes>("modes", "those of this kernel"),
    field<&spec::MemoryPolicyFeatures::flags>("flags", "those of this kernel"),
});

template <>
inline constexpr auto fields<spec::MountExtensions> = list({
    field<&spec::MountExtensions::idmap>("idmap", "uidMappings and gidMappings of mounts"),
});

template <>
inline constexpr auto fields<spec::LinuxFeatures> = list({
    field<&spec::LinuxFeatures::namespaces>("namespaces", "those of this kernel"),
    field<&spec::LinuxFeatures::capabilities>("capabilities", "those of this kernel"),
    field<&spec::LinuxFeatures::cgroup>("cgroup", "who makes cgroups, and which"),
    field<&spec::LinuxFeatures::seccomp>("seccomp", "system call filters"),
    field<&spec::LinuxFeatures::apparmor>("apparmor", "process.apparmorProfile"),
    field<&spec::LinuxFeatures::selinux>("selinux", "process.selinuxLabel, linux.mountLabel"),
    field<&spec::LinuxFeatures::intel_rdt>("intelRdt", "caches and memory bandwidth"),
    field<&spec::LinuxFeatures::memory_policy>("memoryPolicy", "set_mempolicy(2)"),
    field<&spec::LinuxFeatures::mount_extensions>("mountExtensions", "what not all runtimes can"),
    field<&spec::LinuxFeatures::net_devices>("netDevices", "interfaces move in"),
});

template <>
inline constexpr auto fields<spec::Features> = list({
    field<&spec::Features::oci_version_min>("ociVersionMin", "the oldest", Need::required),
    field<&spec::Features::oci_version_max>("ociVersionMax", "the newest", Need::required),
    field<&spec::Features::hooks>("hooks", "the kinds, in the order in which they run"),
    field<&spec::Features::mount_options>("mountOptions", "those that aren't a file system's own"),
    field<&spec::Features::linux>("linux", "Linux alone"),
    field<&spec::Features::annotations>("annotations", "about the runtime"),
    field<&spec::Features::potentially_unsafe_config_annotations>(
        "potentiallyUnsafeConfigAnnotations", "keys that change what the runtime does"),
});

} // namespace davit::json
