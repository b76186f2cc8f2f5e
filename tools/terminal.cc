// SPDX-License-Identifier: Apache-2.0
// tools/terminal.cc - the two ends of a terminal session. termios(3), ioctl_tty(2).
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace davit::cli {

RawMode::RawMode() {
    // A background job would take the terminal away from whoever uses it now.
    auto const foreground = ::tcgetpgrp(STDIN_FILENO);
    if (foreground >= 0 && foreground != ::getpgrp()) return;
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto raw = before_;
    ::cfmakeraw(&raw);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

RawMode::~RawMode() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void copy_terminal_size(int master) {
    winsize size{};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
            ::ioctl(master, TIOCSWINSZ, &size);
            return;
        }
}

Stream::Got Stream::read_some() {
    auto const got = ::read(from_, buffer_, sizeof buffer_);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Got::nothing : Got::end;
    if (got == 0) return Got::end;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    return Got::bytes;
}

void Stream::write_some() {
    auto const written = ::write(to_, buffer_ + begin_, end_ - begin_);
    if (written >= 0)
        begin_ += static_cast<std::size_t>(written);
    else if (errno != EAGAIN && errno != EINTR)
        begin_ = end_;
}

} // namespace davit::cli
