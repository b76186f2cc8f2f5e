// SPDX-License-Identifier: Apache-2.0
// tools/console.h - --console-socket: giving a container's terminal to whoever asked for it.
#pragma once

#include <string>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

/// Connects to the stream socket at `path`, however long that is.
[[nodiscard]] Result<Fd> connect_console_socket(std::string const& path);

/// Sends the one message that the receiver waits for: the terminal's name, and its master side.
[[nodiscard]] Result<> send_console(Fd const& socket, Fd const& master);

} // namespace davit::cli
