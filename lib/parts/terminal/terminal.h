// SPDX-License-Identifier: Apache-2.0
// parts/terminal/terminal.h - the container's own pseudo terminal.
//
// Runs in: both. config.md#process (terminal, consoleSize), pty(7).
#pragma once

#include <cstdint>

#include "base/errno.h"

namespace davit::init {
struct Init;
}

namespace davit::terminal {

/// init's part.
struct InitPlan {
    std::uint32_t wanted = 0;
    std::uint32_t is_console = 0; ///< 1: init also mounts it at /dev/console
    std::uint16_t height = 0;     ///< characters; 0: not set
    std::uint16_t width = 0;
};

Sys<> make_terminal(init::Init& init);
/// Makes it the session's controlling terminal.
Sys<> control(init::Init& init);

} // namespace davit::terminal
