// SPDX-License-Identifier: Apache-2.0
// shim/core/events.h - the events of a shim's containers.
//
// The order for each process: Created or ExecAdded, Started or ExecStarted, Exited, Deleted; a
// container's Exited comes after those of all its execs. [containerd's docs/runtime-v2.md]
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "davit/spec.h"

namespace davit::shim {

using Time = std::chrono::system_clock::time_point;

/// Where a process's streams come from and go to: "" (/dev/null), the path of a fifo, or
/// "fifo://…", "file://…", "binary://…". With a terminal `err` isn't used.
struct StdioNames {
    std::string in, out, err;
    bool terminal = false;
};

namespace event {

struct Created {
    std::string container, bundle;
    std::vector<spec::Mount> rootfs;
    StdioNames stdio;
    int pid = 0;
};
struct Started {
    std::string container;
    int pid = 0;
};
struct ExecAdded {
    std::string container, exec;
};
struct ExecStarted {
    std::string container, exec;
    int pid = 0;
};
struct Oom {
    std::string container;
};
struct Paused {
    std::string container;
};
struct Resumed {
    std::string container;
};
struct Exited {
    std::string container;
    std::string id; ///< the exec's, or the container's for its own process
    int pid = 0;
    unsigned status = 0; ///< 0 to 255; 128 plus the number of the signal that killed it
    Time at;
};
struct Deleted { ///< the container itself; a deleted exec has no event
    std::string container;
    int pid = 0;
    unsigned status = 0;
    Time at; ///< of the exit; the epoch if there was none
};

} // namespace event

using Event =
    std::variant<event::Created, event::Started, event::ExecAdded, event::ExecStarted, event::Oom,
                 event::Paused, event::Resumed, event::Exited, event::Deleted>;

/// The verb calls it on the loop; it must neither wait nor call the supervisor.
using Publish = std::function<void(Event)>;

} // namespace davit::shim
