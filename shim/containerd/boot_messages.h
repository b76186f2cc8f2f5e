// SPDX-License-Identifier: Apache-2.0
// shim/containerd/boot_messages.h - what "start" and "-info" read and print, and options. Runs in:
// shim.
//
// containerd api/runtime/bootstrap/v1, api/types/introspection.proto, api/types/runc/options,
// api/runtimeoptions/v1.
#pragma once

#include "containerd/types.h"

namespace davit::shim::containerd {

/// Those of Go's log/slog, roughly.
enum class LogLevel : std::int32_t {
    info = 0,
    trace = -8,
    debug = -4,
    warn = 4,
    error = 8,
    fatal = 10,
    panic = 12,
};

enum class Capability : std::int32_t { unspecified = 0 };

struct Extension {
    std::optional<Any> value;
};
constexpr auto fields(Tag<Extension>) {
    using M = Extension;
    return in_order<&M::value>();
}

struct BootstrapParams {
    std::string instance_id, name_space;
    LogLevel log_level = LogLevel::info;
    std::string containerd_version, containerd_ttrpc_address, containerd_grpc_address,
        containerd_binary;
    std::vector<Extension> extensions;
    std::optional<std::string> socket_dir;
};
constexpr auto fields(Tag<BootstrapParams>) {
    using M = BootstrapParams;
    return in_order<&M::instance_id, &M::name_space, &M::log_level, &M::containerd_version,
                    &M::containerd_ttrpc_address, &M::containerd_grpc_address,
                    &M::containerd_binary, &M::extensions, &M::socket_dir>();
}

struct BootstrapResult {
    std::int32_t version = 0;
    std::string address, protocol;
    std::vector<Capability> capabilities;
    std::map<std::string, std::string> metadata;
};
constexpr auto fields(Tag<BootstrapResult>) {
    using M = BootstrapResult;
    return in_order<&M::version, &M::address, &M::protocol, &M::capabilities, &M::metadata>();
}

struct RuntimeRequest {
    std::string runtime_path;
    std::optional<Any> options;
};
constexpr auto fields(Tag<RuntimeRequest>) {
    using M = RuntimeRequest;
    return in_order<&M::runtime_path, &M::options>();
}

struct RuntimeVersion {
    std::string version, revision;
};
constexpr auto fields(Tag<RuntimeVersion>) {
    using M = RuntimeVersion;
    return in_order<&M::version, &M::revision>();
}

struct RuntimeInfo {
    std::string name;
    std::optional<RuntimeVersion> version;
    std::optional<Any> options, features;
    std::map<std::string, std::string> annotations;
};
constexpr auto fields(Tag<RuntimeInfo>) {
    using M = RuntimeInfo;
    return in_order<&M::name, &M::version, &M::options, &M::features, &M::annotations>();
}

struct RuncOptions {
    static constexpr std::string_view type_name = "containerd.runc.v1.Options";
    bool no_pivot_root = false, no_new_keyring = false;
    std::string shim_cgroup;
    std::uint32_t io_uid = 0, io_gid = 0;
    std::string binary_name, root;
    bool systemd_cgroup = false;
    std::string criu_image_path, criu_work_path, task_api_address;
    std::uint32_t task_api_version = 0;
};
constexpr auto fields(Tag<RuncOptions>) {
    using M = RuncOptions;
    return list({field<&M::no_pivot_root>(1), field<&M::no_new_keyring>(2),
                 field<&M::shim_cgroup>(3), field<&M::io_uid>(4), field<&M::io_gid>(5),
                 field<&M::binary_name>(6), field<&M::root>(7), field<&M::systemd_cgroup>(9),
                 field<&M::criu_image_path>(10), field<&M::criu_work_path>(11),
                 field<&M::task_api_address>(12), field<&M::task_api_version>(13)});
}

struct CheckpointOptions {
    static constexpr std::string_view type_name = "containerd.runc.v1.CheckpointOptions";
    bool exit = false, open_tcp = false, external_unix_sockets = false, terminal = false,
         file_locks = false;
    std::vector<std::string> empty_namespaces;
    std::string cgroups_mode, image_path, work_path, parent_path;
};
constexpr auto fields(Tag<CheckpointOptions>) {
    using M = CheckpointOptions;
    return in_order<&M::exit, &M::open_tcp, &M::external_unix_sockets, &M::terminal, &M::file_locks,
                    &M::empty_namespaces, &M::cgroups_mode, &M::image_path, &M::work_path,
                    &M::parent_path>();
}

struct ProcessDetails {
    static constexpr std::string_view type_name = "containerd.runc.v1.ProcessDetails";
    std::string exec_id;
};
constexpr auto fields(Tag<ProcessDetails>) {
    using M = ProcessDetails;
    return in_order<&M::exec_id>();
}

struct RuntimeOptions {
    static constexpr std::string_view type_name = "runtimeoptions.v1.Options";
    std::string type_url, config_path, config_body;
};
constexpr auto fields(Tag<RuntimeOptions>) {
    using M = RuntimeOptions;
    return list({field<&M::type_url>(1), field<&M::config_path>(2), bytes<&M::config_body>(3)});
}

} // namespace davit::shim::containerd
