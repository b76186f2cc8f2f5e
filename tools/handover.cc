// SPDX-License-Identifier: Apache-2.0
// tools/handover.cc - gives a new process's terminal and pid to the receivers that asked for them.
#include "handover.h"

#include "base/result.h"
#include "console.h"
#include "davit/contract.h"
#include "safe/whole_file.h"

namespace davit::cli {

Result<> check_terminal(bool terminal, Receivers const& receivers, Attachment attachment) {
    bool const socket = !receivers.console_socket.empty();
    if (terminal && !socket && attachment == Attachment::detached)
        return fail(Kind::config, contract::tty_without_socket);
    if (socket && (!terminal || attachment == Attachment::attached))
        return fail(Kind::config, contract::socket_without_tty,
                    (terminal ? ": --console-socket needs --detach"
                              : ": there is no terminal (config.json: /process/terminal)"));
    return {};
}

Result<Handover> Handover::connect(Receivers const& receivers) {
    Handover handover(receivers);
    if (!receivers.console_socket.empty()) {
        handover.console_ = TRY(connect_console_socket(receivers.console_socket));
    }
    if (!receivers.pidfd_socket.empty()) {
        handover.pidfd_ = TRY(connect_pidfd_socket(receivers.pidfd_socket));
    }
    return handover;
}

Result<> Handover::give(int pid, PidFd const& process, Fd& console, std::string_view whose) const {
    if (console_) {
        if (auto sent = send_console(console_, console); !sent) return sent;
        console.reset();
    }
    if (pidfd_)
        if (auto sent = send_pidfd(pidfd_, process, whose); !sent) return sent;
    if (receivers_.pid_file.empty()) return {};
    return within(safe::replace_file(receivers_.pid_file, std::to_string(pid), 0666), "--pid-file");
}

} // namespace davit::cli
