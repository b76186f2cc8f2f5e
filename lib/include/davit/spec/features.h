// SPDX-License-Identifier: Apache-2.0
// davit/spec/features.h - the Features structure of the specification: what a runtime can do.
//
// Everything but the two versions may be absent: then nothing is known. An empty list says that
// nothing is supported. In brackets: the anchor in features.md or features-linux.md.
#pragma once

#include <optional>
#include <string>

#include "davit/spec/text.h"

namespace davit::spec {

/// [linuxFeaturesCgroup]
struct CgroupFeatures {
    std::optional<bool> v1;
    std::optional<bool> v2;
    std::optional<bool> systemd;
    std::optional<bool> systemd_user;
    std::optional<bool> rdma;
    bool operator==(CgroupFeatures const&) const = default;
};

/// [linuxFeaturesSeccomp]
struct SeccompFeatures {
    std::optional<bool> enabled;
    std::optional<Texts> actions;
    std::optional<Texts> operators;
    std::optional<Texts> archs;
    std::optional<Texts> known_flags;
    std::optional<Texts> supported_flags; ///< by this kernel, too
    bool operator==(SeccompFeatures const&) const = default;
};

/// AppArmor, SELinux, idmapped mounts, network devices.
struct Enabled {
    std::optional<bool> enabled;
    bool operator==(Enabled const&) const = default;
};

/// [linuxFeaturesIntelRdt]
struct IntelRdtFeatures {
    std::optional<bool> enabled;
    std::optional<bool> schemata;
    std::optional<bool> monitoring;
    bool operator==(IntelRdtFeatures const&) const = default;
};

/// [linuxFeaturesMemoryPolicy]
struct MemoryPolicyFeatures {
    std::optional<Texts> modes;
    std::optional<Texts> flags;
    bool operator==(MemoryPolicyFeatures const&) const = default;
};

/// [linuxFeaturesMountExtensions]
struct MountExtensions {
    std::optional<Enabled> idmap;
    bool operator==(MountExtensions const&) const = default;
};

/// [linuxFeatures]
struct LinuxFeatures {
    std::optional<Texts> namespaces;
    std::optional<Texts> capabilities;
    std::optional<CgroupFeatures> cgroup;
    std::optional<SeccompFeatures> seccomp;
    std::optional<Enabled> apparmor;
    std::optional<Enabled> selinux;
    std::optional<IntelRdtFeatures> intel_rdt;
    std::optional<MemoryPolicyFeatures> memory_policy;
    std::optional<MountExtensions> mount_extensions;
    std::optional<Enabled> net_devices;
    bool operator==(LinuxFeatures const&) const = default;
};

/// [features]
struct Features {
    std::string oci_version_min;
    std::string oci_version_max;
    std::optional<Texts> hooks;
    std::optional<Texts> mount_options;
    std::optional<LinuxFeatures> linux;
    std::optional<TextMap> annotations;
    /// Keys of config.json's annotations that change what the runtime does; a key that ends in "."
    /// is a prefix.
    std::optional<Texts> potentially_unsafe_config_annotations;
    bool operator==(Features const&) const = default;
};

} // namespace davit::spec
