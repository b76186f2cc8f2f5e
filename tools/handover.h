// SPDX-License-Identifier: Apache-2.0
// tools/handover.h - a new process, its terminal and its pid go to those who asked for them.
#pragma once

#include <string>
#include <string_view>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Who asked, by the options of those names; empty: nobody.
struct Receivers {
    std::string console_socket;
    std::string pidfd_socket;
    std::string pid_file;
};

/// Whether somebody stays with the process.
enum class Attachment {
    detached, ///< nobody: its terminal, if any, must go to a console socket
    attached, ///< this process, which keeps the terminal
};

/// A terminal needs somebody who takes it, and who waits for one must get it.
[[nodiscard]] Result<> check_terminal(bool terminal, Receivers const& receivers,
                                      Attachment attachment);

/// The sockets of those who wait for a fd.
class Handover {
  public:
    /// Before anything is made: nobody may be listening. `receivers` has to live on.
    static Result<Handover> connect(Receivers const& receivers);

    /// `console` is empty afterwards if it has gone to somebody. `whose` is contract::pidfd_of_init
    /// or contract::pidfd_of_exec.
    [[nodiscard]] Result<> give(int pid, PidFd const& process, Fd& console,
                                std::string_view whose) const;

  private:
    explicit Handover(Receivers const& receivers) : receivers_(receivers) {}
    Receivers const& receivers_;
    Fd console_, pidfd_;
};

} // namespace davit::cli
