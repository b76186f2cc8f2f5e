// SPDX-License-Identifier: Apache-2.0
// ops/features.cc - what this davit can do on this kernel. Runs in: parent.
//
// features.md. Everything comes from the tables of the parser and the plan. Where davit can ask the
// kernel without a change, it leaves out what the kernel doesn't know. Needs no privilege.
#include <linux/mempolicy.h>

#include "davit/config.h"
#include "davit/contract.h"
#include "davit/runtime.h"
#include "parts/caps/host.h"
#include "parts/caps/plan.h"
#include "parts/mounts/options.h"
#include "parts/namespaces/plan.h"
#include "parts/seccomp/host.h"
#include "spec/fields.h"
#include "spec/names.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit {

namespace {

/// The names of a table, of the rows for which `is_there` is true.
template <class Table, class Test>
spec::Texts names_of(Table const& table, Test is_there) {
    spec::Texts names;
    for (auto const& row : table)
        if (is_there(row)) names.emplace_back(row.name);
    return names;
}

constexpr auto all = [](auto const&) { return true; };

Result<spec::Texts> namespaces() {
    auto const ours = TRY(context(sys::openat(sys::cwd, "/proc/self/ns", O_PATH | O_DIRECTORY),
                                  "open /proc/self/ns"));
    return names_of(json::names<spec::NamespaceType>, [&](json::Name const& row) {
        auto const file = namespaces::file_name(static_cast<spec::NamespaceType>(row.value));
        return sys::fstatat(ours.number(), std::string(file).c_str(), AT_SYMLINK_NOFOLLOW)
            .has_value();
    });
}

spec::Texts capabilities() {
    spec::Texts names;
    for (unsigned number = 0; caps::is_known_to_kernel(number); ++number)
        if (auto name = caps::name(number); !name.empty()) names.push_back(std::move(name));
    return names;
}

spec::MemoryPolicyFeatures memory_policy() {
    // Asks for flags with a mode that takes any of them.
    return {.modes = names_of(json::names<spec::MemoryPolicyMode>,
                              [](auto const& row) { return sys::knows_mempolicy(row.value); }),
            .flags = names_of(json::names<spec::MemoryPolicyFlag>, [](auto const& row) {
                return sys::knows_mempolicy(MPOL_BIND | row.value);
            })};
}

spec::TextMap annotations() {
    // Engines look for this key in every runtime.
    spec::TextMap known{{"org.opencontainers.runc.checkpoint.enabled", "false"}};
    if (auto const version = seccomp::libseccomp_version(); !version.empty())
        known[contract::libseccomp_annotation] = version;
    return known;
}

Result<spec::LinuxFeatures> linux_features() {
    return spec::LinuxFeatures{
        .namespaces = TRY(namespaces()),
        .capabilities = capabilities(),
        .cgroup =
            spec::CgroupFeatures{
                .v1 = true, .v2 = true, .systemd = true, .systemd_user = true, .rdma = true},
        .seccomp = seccomp::support(),
        .apparmor = spec::Enabled{true},
        .selinux = spec::Enabled{true},
        .intel_rdt = spec::IntelRdtFeatures{true, true, true},
        .memory_policy = memory_policy(),
        .mount_extensions = spec::MountExtensions{.idmap = spec::Enabled{true}},
        .net_devices = spec::Enabled{true},
    };
}

} // namespace

Result<spec::Features> features() {
    return spec::Features{
        .oci_version_min = oldest_oci_version,
        .oci_version_max = oci_version,
        .hooks = names_of(json::fields<spec::Hooks>, all),
        .mount_options = names_of(mounts::options, all),
        .linux = TRY(linux_features()),
        .annotations = annotations(),
        .potentially_unsafe_config_annotations = spec::Texts{}, // no annotation changes anything
    };
}

} // namespace davit
