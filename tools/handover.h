// SPDX-License-Identifier: Apache-2.0
// tools/handover.h - gives a new process's terminal and pid to the receivers that asked for them.
#pragma once

#include <string>
#include <string_view>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// The receivers, by the options of those names; empty: not asked for.
struct Receivers {
    std::string console_socket;
    std::string pidfd_socket;
    std::string pid_file;
};

/// Whether davit stays with the process.
enum class Attachment {
    detached, ///< it ends: a terminal, if any, must go to a console socket
    attached, ///< it stays, and keeps the terminal
};

/// A terminal needs a receiver, and a receiver that waits for a terminal must get one.
[[nodiscard]] Result<> check_terminal(bool terminal, Receivers const& receivers,
                                      Attachment attachment);

/// The sockets of the receivers that wait for an fd.
class Handover {
  public:
    /// davit calls it before it makes anything: perhaps no process listens. `receivers` must
    /// outlive this.
    static Result<Handover> connect(Receivers const& receivers);

    /// Empties `console` if a receiver has got it. `whose` is contract::pidfd_of_init or
    /// contract::pidfd_of_exec.
    [[nodiscard]] Result<> give(int pid, PidFd const& process, Fd& console,
                                std::string_view whose) const;

  private:
    explicit Handover(Receivers const& receivers) : receivers_(receivers) {}
    Receivers const& receivers_;
    Fd console_, pidfd_;
};

} // namespace davit::cli
