// SPDX-License-Identifier: Apache-2.0
// tools/terminal.h - the two ends of a terminal session: the user's terminal, the container's.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <optional>

#include "davit/fd.h"

namespace davit::cli {

/// Our stdin without echo, line editing and signal keys, as long as this object lives: all that is
/// the container's terminal's business. Does nothing if stdin is no terminal, or not ours now.
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

/// Of the user's terminal, if there is one.
std::optional<winsize> terminal_size();
/// Gives the container's terminal the size of the user's, if there is one.
void copy_terminal_size(int master);

/// Makes a terminal that we shall relay ready for its program: its size; and whether it adds a
/// carriage return at a line's end. It does where the user's terminal would, had we not made that
/// raw; into a pipe, and beside a terminal that adds one itself, goes what the program wrote.
void prepare_console(Fd const& master);

} // namespace davit::cli
