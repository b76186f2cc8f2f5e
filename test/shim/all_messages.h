// SPDX-License-Identifier: Apache-2.0
// test/shim/all_messages.h - every message of the shim beside its name in the .proto, and one of
// each with all fields filled.
#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "containerd/messages.h"
#include "containerd/stats_messages.h"
#include "wire/ttrpc.h"

namespace davit::shim {

struct Row {
    std::string_view name;
    wire::Type const* type;
    std::shared_ptr<void> (*make)();
};

template <class M>
constexpr Row row(std::string_view name) {
    return {name, &wire::type_of<M>,
            [] { return std::static_pointer_cast<void>(std::make_shared<M>()); }};
}

// test/shim/names reads this table, too.
inline constexpr Row all_messages[] = {
    row<containerd::BootstrapParams>("containerd.runtime.bootstrap.v1.BootstrapParams"),
    row<containerd::Extension>("containerd.runtime.bootstrap.v1.Extension"),
    row<containerd::BootstrapResult>("containerd.runtime.bootstrap.v1.BootstrapResult"),
    row<containerd::TaskCreate>("containerd.events.TaskCreate"),
    row<containerd::TaskStart>("containerd.events.TaskStart"),
    row<containerd::TaskDelete>("containerd.events.TaskDelete"),
    row<containerd::TaskIO>("containerd.events.TaskIO"),
    row<containerd::TaskExit>("containerd.events.TaskExit"),
    row<containerd::TaskOOM>("containerd.events.TaskOOM"),
    row<containerd::TaskExecAdded>("containerd.events.TaskExecAdded"),
    row<containerd::TaskExecStarted>("containerd.events.TaskExecStarted"),
    row<containerd::TaskPaused>("containerd.events.TaskPaused"),
    row<containerd::TaskResumed>("containerd.events.TaskResumed"),
    row<containerd::TaskCheckpointed>("containerd.events.TaskCheckpointed"),
    row<containerd::ForwardRequest>("containerd.services.events.ttrpc.v1.ForwardRequest"),
    row<wire::RpcStatus>("google.rpc.Status"),
    row<containerd::RuncOptions>("containerd.runc.v1.Options"),
    row<containerd::CheckpointOptions>("containerd.runc.v1.CheckpointOptions"),
    row<containerd::ProcessDetails>("containerd.runc.v1.ProcessDetails"),
    row<containerd::RuntimeOptions>("runtimeoptions.v1.Options"),
    row<containerd::CreateSandboxRequest>("containerd.runtime.sandbox.v1.CreateSandboxRequest"),
    row<containerd::CreateSandboxResponse>("containerd.runtime.sandbox.v1.CreateSandboxResponse"),
    row<containerd::StartSandboxRequest>("containerd.runtime.sandbox.v1.StartSandboxRequest"),
    row<containerd::StartSandboxResponse>("containerd.runtime.sandbox.v1.StartSandboxResponse"),
    row<containerd::PlatformRequest>("containerd.runtime.sandbox.v1.PlatformRequest"),
    row<containerd::PlatformResponse>("containerd.runtime.sandbox.v1.PlatformResponse"),
    row<containerd::StopSandboxRequest>("containerd.runtime.sandbox.v1.StopSandboxRequest"),
    row<containerd::StopSandboxResponse>("containerd.runtime.sandbox.v1.StopSandboxResponse"),
    row<containerd::UpdateSandboxRequest>("containerd.runtime.sandbox.v1.UpdateSandboxRequest"),
    row<containerd::WaitSandboxRequest>("containerd.runtime.sandbox.v1.WaitSandboxRequest"),
    row<containerd::WaitSandboxResponse>("containerd.runtime.sandbox.v1.WaitSandboxResponse"),
    row<containerd::UpdateSandboxResponse>("containerd.runtime.sandbox.v1.UpdateSandboxResponse"),
    row<containerd::SandboxStatusRequest>("containerd.runtime.sandbox.v1.SandboxStatusRequest"),
    row<containerd::SandboxStatusResponse>("containerd.runtime.sandbox.v1.SandboxStatusResponse"),
    row<containerd::PingRequest>("containerd.runtime.sandbox.v1.PingRequest"),
    row<containerd::PingResponse>("containerd.runtime.sandbox.v1.PingResponse"),
    row<containerd::ShutdownSandboxRequest>("containerd.runtime.sandbox.v1.ShutdownSandboxRequest"),
    row<containerd::ShutdownSandboxResponse>(
        "containerd.runtime.sandbox.v1.ShutdownSandboxResponse"),
    row<containerd::SandboxMetricsRequest>("containerd.runtime.sandbox.v1.SandboxMetricsRequest"),
    row<containerd::SandboxMetricsResponse>("containerd.runtime.sandbox.v1.SandboxMetricsResponse"),
    row<containerd::cgroups_v1::Metrics>("io.containerd.cgroups.v1.Metrics"),
    row<containerd::cgroups_v1::HugetlbStat>("io.containerd.cgroups.v1.HugetlbStat"),
    row<containerd::PidsStat>("io.containerd.cgroups.v1.PidsStat"),
    row<containerd::cgroups_v1::CPUStat>("io.containerd.cgroups.v1.CPUStat"),
    row<containerd::cgroups_v1::CPUUsage>("io.containerd.cgroups.v1.CPUUsage"),
    row<containerd::cgroups_v1::Throttle>("io.containerd.cgroups.v1.Throttle"),
    row<containerd::cgroups_v1::MemoryStat>("io.containerd.cgroups.v1.MemoryStat"),
    row<containerd::cgroups_v1::MemoryEntry>("io.containerd.cgroups.v1.MemoryEntry"),
    row<containerd::cgroups_v1::MemoryOomControl>("io.containerd.cgroups.v1.MemoryOomControl"),
    row<containerd::cgroups_v1::BlkIOStat>("io.containerd.cgroups.v1.BlkIOStat"),
    row<containerd::cgroups_v1::BlkIOEntry>("io.containerd.cgroups.v1.BlkIOEntry"),
    row<containerd::RdmaStat>("io.containerd.cgroups.v1.RdmaStat"),
    row<containerd::RdmaEntry>("io.containerd.cgroups.v1.RdmaEntry"),
    row<containerd::NetworkStat>("io.containerd.cgroups.v1.NetworkStat"),
    row<containerd::cgroups_v1::CgroupStats>("io.containerd.cgroups.v1.CgroupStats"),
    row<containerd::cgroups_v2::Metrics>("io.containerd.cgroups.v2.Metrics"),
    row<containerd::cgroups_v2::PSIData>("io.containerd.cgroups.v2.PSIData"),
    row<containerd::cgroups_v2::PSIStats>("io.containerd.cgroups.v2.PSIStats"),
    row<containerd::PidsStat>("io.containerd.cgroups.v2.PidsStat"),
    row<containerd::cgroups_v2::CPUStat>("io.containerd.cgroups.v2.CPUStat"),
    row<containerd::cgroups_v2::MemoryStat>("io.containerd.cgroups.v2.MemoryStat"),
    row<containerd::cgroups_v2::MemoryEvents>("io.containerd.cgroups.v2.MemoryEvents"),
    row<containerd::RdmaStat>("io.containerd.cgroups.v2.RdmaStat"),
    row<containerd::RdmaEntry>("io.containerd.cgroups.v2.RdmaEntry"),
    row<containerd::cgroups_v2::IOStat>("io.containerd.cgroups.v2.IOStat"),
    row<containerd::cgroups_v2::IOEntry>("io.containerd.cgroups.v2.IOEntry"),
    row<containerd::cgroups_v2::HugeTlbStat>("io.containerd.cgroups.v2.HugeTlbStat"),
    row<containerd::NetworkStat>("io.containerd.cgroups.v2.NetworkStat"),
    row<containerd::CreateTaskRequest>("containerd.task.v3.CreateTaskRequest"),
    row<containerd::CreateTaskResponse>("containerd.task.v3.CreateTaskResponse"),
    row<containerd::DeleteRequest>("containerd.task.v3.DeleteRequest"),
    row<containerd::DeleteResponse>("containerd.task.v3.DeleteResponse"),
    row<containerd::ExecProcessRequest>("containerd.task.v3.ExecProcessRequest"),
    row<containerd::ExecProcessResponse>("containerd.task.v3.ExecProcessResponse"),
    row<containerd::ResizePtyRequest>("containerd.task.v3.ResizePtyRequest"),
    row<containerd::StateRequest>("containerd.task.v3.StateRequest"),
    row<containerd::StateResponse>("containerd.task.v3.StateResponse"),
    row<containerd::KillRequest>("containerd.task.v3.KillRequest"),
    row<containerd::CloseIORequest>("containerd.task.v3.CloseIORequest"),
    row<containerd::PidsRequest>("containerd.task.v3.PidsRequest"),
    row<containerd::PidsResponse>("containerd.task.v3.PidsResponse"),
    row<containerd::CheckpointTaskRequest>("containerd.task.v3.CheckpointTaskRequest"),
    row<containerd::UpdateTaskRequest>("containerd.task.v3.UpdateTaskRequest"),
    row<containerd::StartRequest>("containerd.task.v3.StartRequest"),
    row<containerd::StartResponse>("containerd.task.v3.StartResponse"),
    row<containerd::WaitRequest>("containerd.task.v3.WaitRequest"),
    row<containerd::WaitResponse>("containerd.task.v3.WaitResponse"),
    row<containerd::StatsRequest>("containerd.task.v3.StatsRequest"),
    row<containerd::StatsResponse>("containerd.task.v3.StatsResponse"),
    row<containerd::ConnectRequest>("containerd.task.v3.ConnectRequest"),
    row<containerd::ConnectResponse>("containerd.task.v3.ConnectResponse"),
    row<containerd::ShutdownRequest>("containerd.task.v3.ShutdownRequest"),
    row<containerd::PauseRequest>("containerd.task.v3.PauseRequest"),
    row<containerd::ResumeRequest>("containerd.task.v3.ResumeRequest"),
    row<wire::Request>("ttrpc.Request"),
    row<wire::Response>("ttrpc.Response"),
    row<wire::KeyValue>("ttrpc.KeyValue"),
    row<containerd::Mount>("containerd.types.Mount"),
    row<containerd::ActiveMount>("containerd.types.ActiveMount"),
    row<containerd::ActivationInfo>("containerd.types.ActivationInfo"),
    row<containerd::Envelope>("containerd.types.Envelope"),
    row<containerd::RuntimeRequest>("containerd.types.RuntimeRequest"),
    row<containerd::RuntimeVersion>("containerd.types.RuntimeVersion"),
    row<containerd::RuntimeInfo>("containerd.types.RuntimeInfo"),
    row<containerd::Sandbox>("containerd.types.Sandbox"),
    row<containerd::SandboxRuntime>("containerd.types.Sandbox.Runtime"),
    row<containerd::Metric>("containerd.types.Metric"),
    row<containerd::Platform>("containerd.types.Platform"),
    row<containerd::Process>("containerd.v1.types.Process"),
    row<containerd::ProcessInfo>("containerd.v1.types.ProcessInfo"),
    row<wire::Any>("google.protobuf.Any"),
    row<wire::Timestamp>("google.protobuf.Timestamp"),
    row<wire::Empty>("google.protobuf.Empty"),
};

inline std::string encoded(Row const& row, void const* message) {
    std::string out;
    wire::detail::encode(out, *row.type, message);
    return out;
}
inline bool decoded(Row const& row, std::string_view bytes, void* message) {
    std::string why;
    return wire::detail::decode(bytes, *row.type, message, why);
}

/// Fills any message; no two values are alike, and the extreme ones are among them.
class Filler {
  public:
    void fill(wire::Type const& type, void* into) {
        using wire::Shape;
        auto const n = ++count_;
        switch (type.shape) {
        case Shape::boolean: *static_cast<bool*>(into) = true; break;
        case Shape::int32:
            *static_cast<std::int32_t*>(into) = n % 2 ? -static_cast<std::int32_t>(n) : 0x7FFFFFFF;
            break;
        case Shape::int64:
            *static_cast<std::int64_t*>(into) = n % 2 ? -static_cast<std::int64_t>(n) << 32
                                                      : std::numeric_limits<std::int64_t>::min();
            break;
        case Shape::uint32: *static_cast<std::uint32_t*>(into) = 0xFFFFFFFF - n; break;
        case Shape::uint64: *static_cast<std::uint64_t*>(into) = ~std::uint64_t{n}; break;
        case Shape::number: *static_cast<double*>(into) = -1.5 * n; break;
        case Shape::text: *static_cast<std::string*>(into) = "täxt " + std::to_string(n); break;
        case Shape::bytes:
            *static_cast<std::string*>(into) = std::string("\0\xFF ", 3) + std::to_string(n);
            break;
        case Shape::text_view:
        case Shape::bytes_view:
            *static_cast<std::string_view*>(into) = kept_.emplace_back("view " + std::to_string(n));
            break;
        case Shape::message:
            for (auto const& field : type.fields) fill(*field.type, field.in(into));
            break;
        case Shape::optional: fill(*type.element, type.make(into, {})); break;
        case Shape::list:
            for (int i = 0; i < 3; ++i) fill(*type.element, type.make(into, {}));
            break;
        case Shape::map:
            for (auto const* key : {"", "key", "schlüssel"})
                fill(*type.element, type.make(into, key));
            break;
        }
    }

  private:
    unsigned count_ = 0;
    std::deque<std::string> kept_; ///< what views point to
};

} // namespace davit::shim
