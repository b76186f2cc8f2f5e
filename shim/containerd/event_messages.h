// SPDX-License-Identifier: Apache-2.0
// shim/containerd/event_messages.h - what is published to containerd. Runs in: shim.
//
// containerd api/events/task.proto, api/services/ttrpc/events/v1/events.proto.
#pragma once

#include "containerd/types.h"

namespace davit::shim::containerd {

struct TaskIO {
    std::string stdin_uri, stdout_uri, stderr_uri;
    bool terminal = false;
};
constexpr auto fields(Tag<TaskIO>) {
    using M = TaskIO;
    return in_order<&M::stdin_uri, &M::stdout_uri, &M::stderr_uri, &M::terminal>();
}

struct TaskCreate {
    static constexpr std::string_view type_name = "containerd.events.TaskCreate";
    std::string container_id, bundle;
    std::vector<Mount> rootfs;
    std::optional<TaskIO> io;
    std::string checkpoint;
    std::uint32_t pid = 0;
};
constexpr auto fields(Tag<TaskCreate>) {
    using M = TaskCreate;
    return in_order<&M::container_id, &M::bundle, &M::rootfs, &M::io, &M::checkpoint, &M::pid>();
}

struct TaskStart {
    static constexpr std::string_view type_name = "containerd.events.TaskStart";
    std::string container_id;
    std::uint32_t pid = 0;
};
constexpr auto fields(Tag<TaskStart>) {
    using M = TaskStart;
    return in_order<&M::container_id, &M::pid>();
}

struct TaskDelete {
    static constexpr std::string_view type_name = "containerd.events.TaskDelete";
    std::string container_id;
    std::uint32_t pid = 0, exit_status = 0;
    std::optional<Timestamp> exited_at;
    std::string id;
};
constexpr auto fields(Tag<TaskDelete>) {
    using M = TaskDelete;
    return in_order<&M::container_id, &M::pid, &M::exit_status, &M::exited_at, &M::id>();
}

struct TaskExit {
    static constexpr std::string_view type_name = "containerd.events.TaskExit";
    std::string container_id, id;
    std::uint32_t pid = 0, exit_status = 0;
    std::optional<Timestamp> exited_at;
};
constexpr auto fields(Tag<TaskExit>) {
    using M = TaskExit;
    return in_order<&M::container_id, &M::id, &M::pid, &M::exit_status, &M::exited_at>();
}

struct TaskOOM {
    static constexpr std::string_view type_name = "containerd.events.TaskOOM";
    std::string container_id;
};
constexpr auto fields(Tag<TaskOOM>) {
    using M = TaskOOM;
    return in_order<&M::container_id>();
}

struct TaskExecAdded {
    static constexpr std::string_view type_name = "containerd.events.TaskExecAdded";
    std::string container_id, exec_id;
};
constexpr auto fields(Tag<TaskExecAdded>) {
    using M = TaskExecAdded;
    return in_order<&M::container_id, &M::exec_id>();
}

struct TaskExecStarted {
    static constexpr std::string_view type_name = "containerd.events.TaskExecStarted";
    std::string container_id, exec_id;
    std::uint32_t pid = 0;
};
constexpr auto fields(Tag<TaskExecStarted>) {
    using M = TaskExecStarted;
    return in_order<&M::container_id, &M::exec_id, &M::pid>();
}

struct TaskPaused {
    static constexpr std::string_view type_name = "containerd.events.TaskPaused";
    std::string container_id;
};
constexpr auto fields(Tag<TaskPaused>) {
    using M = TaskPaused;
    return in_order<&M::container_id>();
}

struct TaskResumed {
    static constexpr std::string_view type_name = "containerd.events.TaskResumed";
    std::string container_id;
};
constexpr auto fields(Tag<TaskResumed>) {
    using M = TaskResumed;
    return in_order<&M::container_id>();
}

struct TaskCheckpointed {
    static constexpr std::string_view type_name = "containerd.events.TaskCheckpointed";
    std::string container_id, checkpoint;
};
constexpr auto fields(Tag<TaskCheckpointed>) {
    using M = TaskCheckpointed;
    return in_order<&M::container_id, &M::checkpoint>();
}

/// Envelope.event is one of the above.
struct Envelope {
    std::optional<Timestamp> timestamp;
    std::string name_space, topic;
    std::optional<Any> event;
};
constexpr auto fields(Tag<Envelope>) {
    using M = Envelope;
    return in_order<&M::timestamp, &M::name_space, &M::topic, &M::event>();
}

struct ForwardRequest {
    std::optional<Envelope> envelope;
};
constexpr auto fields(Tag<ForwardRequest>) {
    using M = ForwardRequest;
    return in_order<&M::envelope>();
}

} // namespace davit::shim::containerd
