// SPDX-License-Identifier: Apache-2.0
// spec/validate_linux.cc - the rules of config-linux.md on namespaces and paths. Runs in: parent.
#include "json/names.h"
#include "spec/names.h"
#include "spec/rules.h"

namespace davit::spec {
namespace {

constexpr Path linux_at{"linux"};

// config-linux.md#namespaces
Result<> validate_namespaces(Linux const& linux) {
    Path const at{linux_at, "namespaces"};
    for (std::size_t i = 0; i < linux.namespaces.size(); ++i) {
        auto const& [type, path] = linux.namespaces[i];
        Path const here{at, i};
        // "contains duplicated namespaces with same type, the runtime MUST generate an error"
        for (std::size_t j = 0; j < i; ++j)
            if (linux.namespaces[j].type == type)
                return wrong({here, "type"}, "is there twice", json::name_of(type));
        // "This value MUST be an absolute path"
        if (!path.empty()) TRY(absolute({here, "path"}, path));
    }
    return {};
}

// Each of these configures a namespace. Without a namespace of its own the container would change
// the host's, or nothing at all.
Result<> validate_namespace_settings(Linux const& linux) {
    struct Row {
        char const* member;
        bool is_set;
        NamespaceType type;
        std::string_view rule;
    };
    Row const rows[] = {
        {"uidMappings", !linux.uid_mappings.empty(), NamespaceType::user,
         "needs a user namespace in /linux/namespaces"},
        {"gidMappings", !linux.gid_mappings.empty(), NamespaceType::user,
         "needs a user namespace in /linux/namespaces"},
        {"timeOffsets", !linux.time_offsets.empty(), NamespaceType::time,
         "needs a time namespace in /linux/namespaces"},
        {"netDevices", !linux.net_devices.empty(), NamespaceType::network,
         "needs a network namespace in /linux/namespaces"},
    };
    for (auto const& row : rows)
        if (row.is_set && !has_namespace(linux, row.type))
            return wrong({linux_at, row.member}, row.rule);
    return {};
}

// config-linux.md#offset-for-time-namespace; time_namespaces(7) refuses others.
Result<> validate_time_offsets(Linux const& linux) {
    Path const at{linux_at, "timeOffsets"};
    for (auto const& [clock, offset] : linux.time_offsets) {
        Path const here{at, clock};
        if (clock != "monotonic" && clock != "boottime")
            return wrong(here, "must be \"monotonic\" or \"boottime\"");
        if (offset.nanosecs >= 1'000'000'000)
            return wrong({here, "nanosecs"}, "must be below 1000000000", offset.nanosecs);
    }
    return {};
}

// config-linux.md#sysctl: below /proc/sys, with '.' or '/' between the words. An empty word
// ("..", a leading or trailing separator) would climb out of it.
Result<> validate_sysctl(Linux const& linux) {
    Path const at{linux_at, "sysctl"};
    for (auto const& [key, value] : linux.sysctl) {
        bool was_separator = true;
        bool is_valid = true;
        for (char const c : key) {
            bool const is_separator = c == '.' || c == '/';
            is_valid &= !(is_separator && was_separator) && static_cast<unsigned char>(c) > ' ';
            was_separator = is_separator;
        }
        if (!is_valid || was_separator)
            return wrong({at, key}, "must be a name like \"net.ipv4.ip_forward\"");
    }
    return {};
}

} // namespace

Result<> validate_linux(Linux const& linux) {
    TRY(validate_namespaces(linux));
    TRY(validate_namespace_settings(linux));
    TRY(id_mappings({linux_at, "uidMappings"}, linux.uid_mappings)); // #user-namespace-mappings
    TRY(id_mappings({linux_at, "gidMappings"}, linux.gid_mappings));
    TRY(validate_time_offsets(linux));
    TRY(validate_devices(linux));
    TRY(validate_resources(linux.resources, {linux_at, "resources"}));
    TRY(validate_sysctl(linux));
    if (linux.seccomp) TRY(validate_seccomp(*linux.seccomp));
    if (linux.intel_rdt) TRY(validate_intel_rdt(*linux.intel_rdt));
    if (linux.memory_policy) TRY(validate_memory_policy(*linux.memory_policy));

    // #masked-paths, #readonly-paths: "The values MUST be absolute paths"
    TRY(absolute({linux_at, "maskedPaths"}, linux.masked_paths));
    TRY(absolute({linux_at, "readonlyPaths"}, linux.readonly_paths));

    // #personality: "Currently no flag values are supported."
    Path const personality{linux_at, "personality"};
    if (linux.personality && !linux.personality->flags.empty())
        return wrong({personality, "flags"}, "must be empty: no flags are defined");
    return {};
}

} // namespace davit::spec
