// SPDX-License-Identifier: Apache-2.0
// shim/containerd/topics.cc - the core's events in the form that containerd publishes.
#include "containerd/topics.h"

#include "containerd/time.h"

namespace davit::shim::containerd {

namespace {

std::uint32_t pid_number(int pid) { return static_cast<std::uint32_t>(pid); }

template <class M>
Publication about(std::string_view topic, M const& message) {
    return {topic, wire::pack(message)};
}

Publication publish(event::Created const& it) {
    TaskCreate message{.container_id = it.container,
                       .bundle = it.bundle,
                       .rootfs = {},
                       .io = TaskIO{.stdin_uri = it.stdio.in,
                                    .stdout_uri = it.stdio.out,
                                    .stderr_uri = it.stdio.err,
                                    .terminal = it.stdio.terminal},
                       .checkpoint = {},
                       .pid = pid_number(it.pid)};
    for (auto const& mount : it.rootfs)
        message.rootfs.push_back({.type = mount.type,
                                  .source = mount.source,
                                  .target = mount.destination,
                                  .options = mount.options});
    return about("/tasks/create", message);
}
Publication publish(event::Started const& it) {
    return about("/tasks/start", TaskStart{it.container, pid_number(it.pid)});
}
Publication publish(event::ExecAdded const& it) {
    return about("/tasks/exec-added", TaskExecAdded{it.container, it.exec});
}
Publication publish(event::ExecStarted const& it) {
    return about("/tasks/exec-started", TaskExecStarted{it.container, it.exec, pid_number(it.pid)});
}
Publication publish(event::Oom const& it) { return about("/tasks/oom", TaskOOM{it.container}); }
Publication publish(event::Paused const& it) {
    return about("/tasks/paused", TaskPaused{it.container});
}
Publication publish(event::Resumed const& it) {
    return about("/tasks/resumed", TaskResumed{it.container});
}
Publication publish(event::Exited const& it) {
    return about("/tasks/exit",
                 TaskExit{it.container, it.id, pid_number(it.pid), it.status, timestamp(it.at)});
}
Publication publish(event::Deleted const& it) {
    return about("/tasks/delete", TaskDelete{it.container, pid_number(it.pid), it.status,
                                             timestamp(it.at), it.container});
}

} // namespace

Publication publication(Event const& event) {
    return std::visit([](auto const& it) { return publish(it); }, event);
}

} // namespace davit::shim::containerd
