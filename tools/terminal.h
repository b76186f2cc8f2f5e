// SPDX-License-Identifier: Apache-2.0
// tools/terminal.h - the two ends of a terminal session: the user's terminal, the container's.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <cstddef>
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

/// One direction of a session. At most one buffer of bytes is on its way; call read_some() and
/// write_some() when poll(2) says that source() or sink() is ready.
class Stream {
  public:
    Stream(int from, int to) : from_(from), to_(to) {}

    /// To be polled for input; -1 while there is nothing to be read, or no room for it.
    [[nodiscard]] int source() const { return ended_ || begin_ != end_ ? -1 : from_; }
    /// To be polled for output; -1 while nothing waits to be written.
    [[nodiscard]] int sink() const { return begin_ != end_ ? to_ : -1; }

    /// How many bytes wait to be written.
    [[nodiscard]] std::size_t pending() const { return end_ - begin_; }

    enum class Got { bytes, nothing, end };
    Got read_some();
    /// If the other side takes no more, for ever, the bytes are dropped: a container mustn't block
    /// because its viewer has left.
    void write_some();
    /// Nothing more is to be read.
    void finish() { ended_ = true; }

  private:
    int from_;
    int to_;
    bool ended_ = false;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    // A pipe that polls writable takes PIPE_BUF bytes without blocking. Our stdout may well block:
    // O_NONBLOCK would change it for all who share it with us.
    char buffer_[4096];
};

} // namespace davit::cli
