// SPDX-License-Identifier: Apache-2.0
// tools/console.h - --console-socket and --pidfd-socket: sending the container's terminal, or a
// pidfd of its process, to the caller's socket.
#pragma once

#include <string>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Connects to the stream socket at `path`, however long that is. davit calls it before it makes
/// anything, since perhaps no process listens.
[[nodiscard]] Result<Fd> connect_console_socket(std::string const& path);
[[nodiscard]] Result<Fd> connect_pidfd_socket(std::string const& path);

/// Sends the one message that the receiver waits for: the terminal's name, and its master side.
[[nodiscard]] Result<> send_console(Fd const& socket, Fd const& master);

/// The same with a pidfd. `whose`: the words by which receivers know the process,
/// contract::pidfd_of_init or contract::pidfd_of_exec.
[[nodiscard]] Result<> send_pidfd(Fd const& socket, PidFd const& process, std::string_view whose);

} // namespace davit::cli
