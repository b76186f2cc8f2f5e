// SPDX-License-Identifier: Apache-2.0
// shim/containerd/task_messages.h - the task service's requests and answers. Runs in: shim.
//
// containerd api/runtime/task/v3/shim.proto; v2's are the same but for the package's name.
#pragma once

#include "containerd/types.h"

namespace davit::shim::containerd {

struct CreateTaskRequest {
    std::string id, bundle;
    std::vector<Mount> rootfs;
    bool terminal = false;
    std::string stdin_uri, stdout_uri, stderr_uri, checkpoint, parent_checkpoint;
    std::optional<Any> options;
};
constexpr auto fields(Tag<CreateTaskRequest>) {
    using M = CreateTaskRequest;
    return in_order<&M::id, &M::bundle, &M::rootfs, &M::terminal, &M::stdin_uri, &M::stdout_uri,
                    &M::stderr_uri, &M::checkpoint, &M::parent_checkpoint, &M::options>();
}

struct CreateTaskResponse {
    std::uint32_t pid = 0;
};
constexpr auto fields(Tag<CreateTaskResponse>) {
    using M = CreateTaskResponse;
    return in_order<&M::pid>();
}

struct DeleteRequest {
    std::string id, exec_id;
};
constexpr auto fields(Tag<DeleteRequest>) {
    using M = DeleteRequest;
    return in_order<&M::id, &M::exec_id>();
}

struct DeleteResponse {
    std::uint32_t pid = 0, exit_status = 0;
    std::optional<Timestamp> exited_at;
};
constexpr auto fields(Tag<DeleteResponse>) {
    using M = DeleteResponse;
    return in_order<&M::pid, &M::exit_status, &M::exited_at>();
}

struct ExecProcessRequest {
    std::string id, exec_id;
    bool terminal = false;
    std::string stdin_uri, stdout_uri, stderr_uri;
    std::optional<Any> spec;
};
constexpr auto fields(Tag<ExecProcessRequest>) {
    using M = ExecProcessRequest;
    return in_order<&M::id, &M::exec_id, &M::terminal, &M::stdin_uri, &M::stdout_uri,
                    &M::stderr_uri, &M::spec>();
}

struct ExecProcessResponse {};
constexpr auto fields(Tag<ExecProcessResponse>) { return list(); }

struct ResizePtyRequest {
    std::string id, exec_id;
    std::uint32_t width = 0, height = 0;
};
constexpr auto fields(Tag<ResizePtyRequest>) {
    using M = ResizePtyRequest;
    return in_order<&M::id, &M::exec_id, &M::width, &M::height>();
}

struct StateRequest {
    std::string id, exec_id;
};
constexpr auto fields(Tag<StateRequest>) {
    using M = StateRequest;
    return in_order<&M::id, &M::exec_id>();
}

struct StateResponse {
    std::string id, bundle;
    std::uint32_t pid = 0;
    TaskStatus status = TaskStatus::unknown;
    std::string stdin_uri, stdout_uri, stderr_uri;
    bool terminal = false;
    std::uint32_t exit_status = 0;
    std::optional<Timestamp> exited_at;
    std::string exec_id;
};
constexpr auto fields(Tag<StateResponse>) {
    using M = StateResponse;
    return in_order<&M::id, &M::bundle, &M::pid, &M::status, &M::stdin_uri, &M::stdout_uri,
                    &M::stderr_uri, &M::terminal, &M::exit_status, &M::exited_at, &M::exec_id>();
}

struct KillRequest {
    std::string id, exec_id;
    std::uint32_t signal = 0;
    bool all = false;
};
constexpr auto fields(Tag<KillRequest>) {
    using M = KillRequest;
    return in_order<&M::id, &M::exec_id, &M::signal, &M::all>();
}

struct CloseIORequest {
    std::string id, exec_id;
    bool close_stdin = false;
};
constexpr auto fields(Tag<CloseIORequest>) {
    using M = CloseIORequest;
    return in_order<&M::id, &M::exec_id, &M::close_stdin>();
}

struct PidsRequest {
    std::string id;
};
constexpr auto fields(Tag<PidsRequest>) {
    using M = PidsRequest;
    return in_order<&M::id>();
}

struct PidsResponse {
    std::vector<ProcessInfo> processes;
};
constexpr auto fields(Tag<PidsResponse>) {
    using M = PidsResponse;
    return in_order<&M::processes>();
}

struct CheckpointTaskRequest {
    std::string id, path;
    std::optional<Any> options;
};
constexpr auto fields(Tag<CheckpointTaskRequest>) {
    using M = CheckpointTaskRequest;
    return in_order<&M::id, &M::path, &M::options>();
}

struct UpdateTaskRequest {
    std::string id;
    std::optional<Any> resources;
    std::map<std::string, std::string> annotations;
};
constexpr auto fields(Tag<UpdateTaskRequest>) {
    using M = UpdateTaskRequest;
    return in_order<&M::id, &M::resources, &M::annotations>();
}

struct StartRequest {
    std::string id, exec_id;
};
constexpr auto fields(Tag<StartRequest>) {
    using M = StartRequest;
    return in_order<&M::id, &M::exec_id>();
}

struct StartResponse {
    std::uint32_t pid = 0;
};
constexpr auto fields(Tag<StartResponse>) {
    using M = StartResponse;
    return in_order<&M::pid>();
}

struct WaitRequest {
    std::string id, exec_id;
};
constexpr auto fields(Tag<WaitRequest>) {
    using M = WaitRequest;
    return in_order<&M::id, &M::exec_id>();
}

struct WaitResponse {
    std::uint32_t exit_status = 0;
    std::optional<Timestamp> exited_at;
};
constexpr auto fields(Tag<WaitResponse>) {
    using M = WaitResponse;
    return in_order<&M::exit_status, &M::exited_at>();
}

struct StatsRequest {
    std::string id;
};
constexpr auto fields(Tag<StatsRequest>) {
    using M = StatsRequest;
    return in_order<&M::id>();
}

struct StatsResponse {
    std::optional<Any> stats;
};
constexpr auto fields(Tag<StatsResponse>) {
    using M = StatsResponse;
    return in_order<&M::stats>();
}

struct ConnectRequest {
    std::string id;
};
constexpr auto fields(Tag<ConnectRequest>) {
    using M = ConnectRequest;
    return in_order<&M::id>();
}

struct ConnectResponse {
    std::uint32_t shim_pid = 0, task_pid = 0;
    std::string version;
};
constexpr auto fields(Tag<ConnectResponse>) {
    using M = ConnectResponse;
    return in_order<&M::shim_pid, &M::task_pid, &M::version>();
}

struct ShutdownRequest {
    std::string id;
    bool now = false;
};
constexpr auto fields(Tag<ShutdownRequest>) {
    using M = ShutdownRequest;
    return in_order<&M::id, &M::now>();
}

struct PauseRequest {
    std::string id;
};
constexpr auto fields(Tag<PauseRequest>) {
    using M = PauseRequest;
    return in_order<&M::id>();
}

struct ResumeRequest {
    std::string id;
};
constexpr auto fields(Tag<ResumeRequest>) {
    using M = ResumeRequest;
    return in_order<&M::id>();
}

} // namespace davit::shim::containerd
