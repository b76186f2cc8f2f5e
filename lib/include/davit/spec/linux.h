// SPDX-License-Identifier: Apache-2.0
// davit/spec/linux.h - namespaces, devices, and the rest of the `linux` section.
//
// config-linux.md. The conventions of these structs are in davit/spec.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "davit/spec/resources.h"
#include "davit/spec/seccomp.h"
#include "davit/spec/text.h"

#undef linux // a leftover of GNU dialects (-std=gnu++23) that would destroy names in here

namespace davit::spec {

/// One extent of a user namespace's or a mount's id map. [configLinuxUserNamespaceMappings]
struct IdMapping {
    std::uint32_t container_id = 0;
    std::uint32_t host_id = 0;
    std::uint32_t size = 0; ///< number of ids, at least 1
    bool operator==(IdMapping const&) const = default;
};

/// The kernel's CLONE_NEW* bits.
enum class NamespaceType : std::uint32_t {
    time = 0x00000080,
    mount = 0x00020000,
    cgroup = 0x02000000,
    uts = 0x04000000,
    ipc = 0x08000000,
    user = 0x10000000,
    pid = 0x20000000,
    network = 0x40000000,
};

/// [configLinuxNamespaces]
struct Namespace {
    NamespaceType type = NamespaceType::pid;
    std::string path; ///< join this one; empty: make a new one
    bool operator==(Namespace const&) const = default;
};

/// Added to the clock named by the map's key, "monotonic" or "boottime". [configLinuxTimeOffset]
struct TimeOffset {
    std::int64_t secs = 0;
    std::uint32_t nanosecs = 0; ///< below 1,000,000,000
    bool operator==(TimeOffset const&) const = default;
};

/// `unbuffered` is a character device as well. ('b', 'c', 'u', 'p')
enum class DeviceType : std::uint32_t { block, character, unbuffered, fifo };

/// A node made in the container. [configLinuxDevices]
struct Device {
    DeviceType type = DeviceType::character;
    std::string path;
    std::optional<std::int64_t> major; ///< absent only for a fifo
    std::optional<std::int64_t> minor; ///< absent only for a fifo
    std::optional<std::uint32_t> file_mode;
    std::optional<std::uint32_t> uid; ///< inside the container
    std::optional<std::uint32_t> gid; ///< inside the container
    bool operator==(Device const&) const = default;
};

/// The map's key is the interface's name on the host. [configLinuxNetworkDevices]
struct NetDevice {
    std::string name; ///< inside the container, may hold "%d"; empty: as on the host
    bool operator==(NetDevice const&) const = default;
};

/// The four of the specification, and their recursive forms: runc accepts them, Podman writes them.
enum class Propagation : std::uint32_t {
    private_,
    shared,
    slave,
    unbindable,
    rprivate,
    rshared,
    rslave,
    runbindable,
};

/// The kernel's PER_ numbers.
enum class PersonalityDomain : std::uint32_t { linux = 0x00, linux32 = 0x08 };

/// personality(2). [configLinuxPersonality]
struct Personality {
    PersonalityDomain domain = PersonalityDomain::linux;
    Texts flags; ///< the specification defines none
    bool operator==(Personality const&) const = default;
};

/// [linuxContainerConfiguration]
struct Linux {
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
    TextMap sysctl;
    Resources resources;
    std::string cgroups_path; ///< empty: the runtime chooses
    std::vector<Namespace> namespaces;
    std::vector<Device> devices;
    std::map<std::string, NetDevice> net_devices;
    std::optional<Seccomp> seccomp;
    std::optional<Propagation> rootfs_propagation;
    Texts masked_paths;
    Texts readonly_paths;
    std::string mount_label;
    std::optional<IntelRdt> intel_rdt;
    std::optional<MemoryPolicy> memory_policy;
    std::optional<Personality> personality;
    std::map<std::string, TimeOffset> time_offsets;
    bool operator==(Linux const&) const = default;
};

} // namespace davit::spec
