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

/// Success if the phase of this process (a container's own, or an exec) allows the verb; else
/// Kind::state, in the words of containerd's own shim.
Result<> allowed(Verb verb, Phase phase, bool is_exec);

struct Process {
    Process(boost::asio::io_context& loop, ProcessId id, StdioNames names)
        : id(std::move(id)), names(std::move(names)), turns(loop), changed(loop) {}

    [[nodiscard]] bool is_exec() const { return !id.exec.empty(); }
    /// Sends a signal to this process alone. Kind::not_found if it has ended.
    [[nodiscard]] Result<> signal(int number) const;
    /// From here on give_up() ends what the library does for this process.
    [[nodiscard]] Result<> make_cancel();
    /// Gives up a create or a start, which the container's processes may hold up: it fails, or the
    /// shim kills an exec as soon as it runs. Does nothing to a process that isn't being started.
    void give_up();

    ProcessId id;
    StdioNames names;
    Phase phase = Phase::created;
    int pid = 0;
    PidFd handle;
    bool starting = false;     ///< it is being created or started
    bool given_up = false;     ///< that is to end
    Fd cancel;                 ///< an eventfd that ends the library's wait for it
    std::optional<Exit> ended; ///< known to the shim; callers hear of it when `phase` is stopped
    bool gone = false;         ///< deleted
    std::unique_ptr<spec::Process> wanted; ///< of an exec that has not been started
    std::shared_ptr<Stdio> stdio;
    Turnstile turns; ///< of the verbs that change this process
    Notice changed;  ///< tells of phase, ended, gone
};

} // namespace davit::shim
