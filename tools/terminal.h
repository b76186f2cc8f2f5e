// SPDX-License-Identifier: Apache-2.0
// tools/terminal.h - the two ends of a terminal session: the user's terminal, the container's.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <optional>

#include "davit/fd.h"

namespace davit::cli {

/// Turns off echo, line editing and signal keys of our stdin as long as this object lives: the
/// container's terminal does all that. Does nothing if stdin is no terminal, or not ours now.
class RawMode {
  public:
    RawMode();
    RawMode(RawMode const&) = delete;
    RawMode& operator=(RawMode const&) = delete;
    ~RawMode();

  private:
    termios before_{};
    bool changed_ = false;
};

/// The size of the user's terminal, if there is one.
std::optional<winsize> terminal_size();
/// Gives the container's terminal the size of the user's, if there is one.
void copy_terminal_size(int master);

/// Prepares a terminal that davit will relay: sets its size, and whether it adds a carriage return
/// at a line's end. It adds one if the user's terminal would (davit has made that raw). Otherwise,
/// into a pipe or beside a terminal that adds one itself, davit relays the program's own bytes.
void prepare_console(Fd const& master);

} // namespace davit::cli
