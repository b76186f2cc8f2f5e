// SPDX-License-Identifier: Apache-2.0
// shim/core/process.h - what a container's own process and an added one have in common.
#pragma once

#include <memory>
#include <optional>

#include "core/notice.h"
#include "core/stdio.h"
#include "core/supervisor.h"
#include "davit/fd.h"

namespace davit::shim {

enum class Verb { start, remove, pause, resume, exec, update };

/// Whether this phase of a container's own process, or of an exec, allows it: Kind::state, in the
/// words of containerd's own shim, if it doesn't.
Result<> allowed(Verb verb, Phase phase, bool is_exec);

struct Process {
    Process(boost::asio::io_context& loop, ProcessId id, StdioNames names)
        : id(std::move(id)), names(std::move(names)), turns(loop), changed(loop) {}

    [[nodiscard]] bool is_exec() const { return !id.exec.empty(); }
    /// One signal to this process alone. Kind::not_found if it has ended.
    [[nodiscard]] Result<> signal(int number) const;
    /// One that is being started, and may be held up by the container's processes, is given up:
    /// its start fails, or it is killed as soon as it runs. Nothing to any other.
    void give_up();

    ProcessId id;
    StdioNames names;
    Phase phase = Phase::created;
    int pid = 0;
    PidFd handle;
    bool starting = false;     ///< an exec that is being started
    bool given_up = false;     ///< that start is to end
    Fd cancel;                 ///< an eventfd that ends the library's wait for it
    std::optional<Exit> ended; ///< known to us; others hear of it once `phase` is stopped
    bool gone = false;         ///< deleted
    std::unique_ptr<spec::Process> wanted; ///< of an exec that has not been started
    std::shared_ptr<Stdio> stdio;
    Turnstile turns; ///< the verbs that change it
    Notice changed;  ///< phase, ended, gone
};

} // namespace davit::shim
