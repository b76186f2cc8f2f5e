// SPDX-License-Identifier: Apache-2.0
// tools/terminal.cc - the two ends of a terminal session. termios(3), ioctl_tty(2).
#include "terminal.h"

#include <unistd.h>

namespace davit::cli {

namespace {

/// Gets stdin's settings, if it is a terminal and ours now. (A background job would take the
/// terminal away from the job that uses it now.)
bool look_at_input(termios& settings) {
    auto const foreground = ::tcgetpgrp(STDIN_FILENO);
    if (foreground >= 0 && foreground != ::getpgrp()) return false;
    return ::tcgetattr(STDIN_FILENO, &settings) == 0;
}

bool shows_output() { return ::isatty(STDOUT_FILENO) == 1; }

} // namespace

RawMode::RawMode() {
    if (!look_at_input(before_)) return;
    auto raw = before_;
    ::cfmakeraw(&raw);
    // Other processes, which read our output from a pipe, write to the terminal.
    if (!shows_output()) raw.c_oflag |= before_.c_oflag & OPOST;
    changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

RawMode::~RawMode() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

std::optional<winsize> terminal_size() {
    winsize size{};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0) return size;
    return std::nullopt;
}

void copy_terminal_size(int master) {
    if (auto const size = terminal_size()) ::ioctl(master, TIOCSWINSZ, &*size);
}

void prepare_console(Fd const& master) {
    copy_terminal_size(master.number());
    termios user{}, modes{};
    constexpr tcflag_t adds_return = OPOST | ONLCR;
    if (shows_output() && look_at_input(user) && (user.c_oflag & adds_return) == adds_return)
        return; // a new one adds it, too
    if (::tcgetattr(master.number(), &modes) != 0) return;
    modes.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
    ::tcsetattr(master.number(), TCSANOW, &modes);
}

} // namespace davit::cli
