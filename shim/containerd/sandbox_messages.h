// SPDX-License-Identifier: Apache-2.0
// shim/containerd/sandbox_messages.h - the sandbox service's requests and answers. Runs in: shim.
//
// containerd api/runtime/sandbox/v1/sandbox.proto (2.x).
#pragma once

#include "containerd/types.h"

namespace davit::shim::containerd {

struct CreateSandboxRequest {
    std::string sandbox_id, bundle_path;
    std::vector<Mount> rootfs;
    std::optional<Any> options;
    std::string netns_path;
    std::map<std::string, std::string> annotations;
};
constexpr auto fields(Tag<CreateSandboxRequest>) {
    using M = CreateSandboxRequest;
    return in_order<&M::sandbox_id, &M::bundle_path, &M::rootfs, &M::options, &M::netns_path,
                    &M::annotations>();
}

struct CreateSandboxResponse {};
constexpr auto fields(Tag<CreateSandboxResponse>) { return list(); }

struct StartSandboxRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<StartSandboxRequest>) {
    using M = StartSandboxRequest;
    return in_order<&M::sandbox_id>();
}

struct StartSandboxResponse {
    std::uint32_t pid = 0;
    std::optional<Timestamp> created_at;
    std::optional<Any> spec;
};
constexpr auto fields(Tag<StartSandboxResponse>) {
    using M = StartSandboxResponse;
    return in_order<&M::pid, &M::created_at, &M::spec>();
}

struct PlatformRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<PlatformRequest>) {
    using M = PlatformRequest;
    return in_order<&M::sandbox_id>();
}

struct PlatformResponse {
    std::optional<Platform> platform;
};
constexpr auto fields(Tag<PlatformResponse>) {
    using M = PlatformResponse;
    return in_order<&M::platform>();
}

struct StopSandboxRequest {
    std::string sandbox_id;
    std::uint32_t timeout_secs = 0;
};
constexpr auto fields(Tag<StopSandboxRequest>) {
    using M = StopSandboxRequest;
    return in_order<&M::sandbox_id, &M::timeout_secs>();
}

struct StopSandboxResponse {};
constexpr auto fields(Tag<StopSandboxResponse>) { return list(); }

struct UpdateSandboxRequest {
    std::string sandbox_id;
    std::optional<Any> resources;
    std::map<std::string, std::string> annotations;
};
constexpr auto fields(Tag<UpdateSandboxRequest>) {
    using M = UpdateSandboxRequest;
    return in_order<&M::sandbox_id, &M::resources, &M::annotations>();
}

struct WaitSandboxRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<WaitSandboxRequest>) {
    using M = WaitSandboxRequest;
    return in_order<&M::sandbox_id>();
}

struct WaitSandboxResponse {
    std::uint32_t exit_status = 0;
    std::optional<Timestamp> exited_at;
};
constexpr auto fields(Tag<WaitSandboxResponse>) {
    using M = WaitSandboxResponse;
    return in_order<&M::exit_status, &M::exited_at>();
}

struct UpdateSandboxResponse {};
constexpr auto fields(Tag<UpdateSandboxResponse>) { return list(); }

struct SandboxStatusRequest {
    std::string sandbox_id;
    bool verbose = false;
};
constexpr auto fields(Tag<SandboxStatusRequest>) {
    using M = SandboxStatusRequest;
    return in_order<&M::sandbox_id, &M::verbose>();
}

struct SandboxStatusResponse {
    std::string sandbox_id;
    std::uint32_t pid = 0;
    std::string state;
    std::map<std::string, std::string> info;
    std::optional<Timestamp> created_at, exited_at;
    std::optional<Any> extra;
};
constexpr auto fields(Tag<SandboxStatusResponse>) {
    using M = SandboxStatusResponse;
    return in_order<&M::sandbox_id, &M::pid, &M::state, &M::info, &M::created_at, &M::exited_at,
                    &M::extra>();
}

struct PingRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<PingRequest>) {
    using M = PingRequest;
    return in_order<&M::sandbox_id>();
}

struct PingResponse {};
constexpr auto fields(Tag<PingResponse>) { return list(); }

struct ShutdownSandboxRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<ShutdownSandboxRequest>) {
    using M = ShutdownSandboxRequest;
    return in_order<&M::sandbox_id>();
}

struct ShutdownSandboxResponse {};
constexpr auto fields(Tag<ShutdownSandboxResponse>) { return list(); }

struct SandboxMetricsRequest {
    std::string sandbox_id;
};
constexpr auto fields(Tag<SandboxMetricsRequest>) {
    using M = SandboxMetricsRequest;
    return in_order<&M::sandbox_id>();
}

struct SandboxMetricsResponse {
    std::optional<Metric> metrics;
};
constexpr auto fields(Tag<SandboxMetricsResponse>) {
    using M = SandboxMetricsResponse;
    return in_order<&M::metrics>();
}

} // namespace davit::shim::containerd
