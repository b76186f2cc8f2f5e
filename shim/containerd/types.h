// SPDX-License-Identifier: Apache-2.0
// shim/containerd/types.h - messages that several of containerd's services share. Runs in: shim.
//
// containerd api/types/*.proto, api/types/task/task.proto.
#pragma once

#include "wire/well_known.h"

namespace davit::shim::containerd {

using wire::Any;
using wire::bytes;
using wire::Empty;
using wire::field;
using wire::in_order;
using wire::list;
using wire::Tag;
using wire::Timestamp;

struct Mount {
    std::string type, source, target;
    std::vector<std::string> options;
};
constexpr auto fields(Tag<Mount>) {
    using M = Mount;
    return in_order<&M::type, &M::source, &M::target, &M::options>();
}

struct ActiveMount {
    std::optional<Mount> mount;
    std::optional<Timestamp> mounted_at;
    std::string mount_point;
    std::map<std::string, std::string> data;
};
constexpr auto fields(Tag<ActiveMount>) {
    using M = ActiveMount;
    return in_order<&M::mount, &M::mounted_at, &M::mount_point, &M::data>();
}

struct ActivationInfo {
    std::string name;
    std::vector<ActiveMount> active;
    std::vector<Mount> system;
    std::map<std::string, std::string> labels;
};
constexpr auto fields(Tag<ActivationInfo>) {
    using M = ActivationInfo;
    return in_order<&M::name, &M::active, &M::system, &M::labels>();
}

/// containerd.v1.types.Status
enum class TaskStatus : std::int32_t { unknown, created, running, stopped, paused, pausing };

struct Process {
    std::string container_id, id;
    std::uint32_t pid = 0;
    TaskStatus status = TaskStatus::unknown;
    std::string stdin_uri, stdout_uri, stderr_uri;
    bool terminal = false;
    std::uint32_t exit_status = 0;
    std::optional<Timestamp> exited_at;
};
constexpr auto fields(Tag<Process>) {
    using M = Process;
    return in_order<&M::container_id, &M::id, &M::pid, &M::status, &M::stdin_uri, &M::stdout_uri,
                    &M::stderr_uri, &M::terminal, &M::exit_status, &M::exited_at>();
}

struct ProcessInfo {
    std::uint32_t pid = 0;
    std::optional<Any> info;
};
constexpr auto fields(Tag<ProcessInfo>) {
    using M = ProcessInfo;
    return in_order<&M::pid, &M::info>();
}

struct Metric {
    std::optional<Timestamp> timestamp;
    std::string id;
    std::optional<Any> data;
};
constexpr auto fields(Tag<Metric>) {
    using M = Metric;
    return in_order<&M::timestamp, &M::id, &M::data>();
}

struct Platform {
    std::string os, architecture, variant, os_version;
    std::vector<std::string> os_features;
};
constexpr auto fields(Tag<Platform>) {
    using M = Platform;
    return in_order<&M::os, &M::architecture, &M::variant, &M::os_version, &M::os_features>();
}

struct SandboxRuntime {
    std::string name;
    std::optional<Any> options;
};
constexpr auto fields(Tag<SandboxRuntime>) {
    using M = SandboxRuntime;
    return in_order<&M::name, &M::options>();
}

struct Sandbox {
    std::string sandbox_id;
    std::optional<SandboxRuntime> runtime;
    std::optional<Any> spec;
    std::map<std::string, std::string> labels;
    std::optional<Timestamp> created_at, updated_at;
    std::map<std::string, Any> extensions;
    std::string sandboxer;
};
constexpr auto fields(Tag<Sandbox>) {
    using M = Sandbox;
    return list({field<&M::sandbox_id>(1), field<&M::runtime>(2), field<&M::spec>(3),
                 field<&M::labels>(4), field<&M::created_at>(5), field<&M::updated_at>(6),
                 field<&M::extensions>(7), field<&M::sandboxer>(10)});
}

} // namespace davit::shim::containerd
