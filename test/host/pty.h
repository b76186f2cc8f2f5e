// SPDX-License-Identifier: Apache-2.0
// test/host/pty.h - a terminal as a person at a keyboard has it, or the master of a container's.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "container.h"

namespace host {

/// The user's terminal: what a person at a keyboard has.
class Pty {
  public:
    Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        ::grantpt(master_);
        ::unlockpt(master_);
        char name[128] = "";
        ::ptsname_r(master_, name, sizeof name);
        slave_name_ = name;
        slave_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); // so that it never hangs up
        resize(24, 80);
    }
    explicit Pty(int master) : master_(master) {}
    Pty(Pty const&) = delete;
    Pty& operator=(Pty const&) = delete;
    ~Pty() {
        ::close(master_);
        if (slave_ >= 0) ::close(slave_);
    }
    void resize(unsigned short rows, unsigned short columns) const {
        winsize const size = {rows, columns, 0, 0};
        ::ioctl(master_, TIOCSWINSZ, &size);
    }
    void type(std::string const& text) const {
        CHECK(::write(master_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    /// Reads until the output holds `text` or the deadline has passed.
    bool shows(std::string const& text) {
        return eventually([&] {
            read_on();
            return contains(seen_, text);
        });
    }
    void read_on() {
        pollfd ready = {master_, POLLIN, 0};
        char block[4096];
        while (::poll(&ready, 1, 0) > 0 && ready.revents & POLLIN) {
            ssize_t const n = ::read(master_, block, sizeof block);
            if (n <= 0) return;
            seen_.append(block, static_cast<size_t>(n));
        }
    }
    [[nodiscard]] std::string const& seen() const { return seen_; }
    [[nodiscard]] std::string const& slave_name() const { return slave_name_; }
    [[nodiscard]] termios settings() const {
        termios t = {};
        ::tcgetattr(slave_, &t);
        return t;
    }
    void change(termios const& t) const { ::tcsetattr(slave_, TCSANOW, &t); }

  private:
    int master_, slave_ = -1;
    std::string slave_name_, seen_;
};

/// Its stdio, and its controlling terminal.
inline CommandOptions at(Pty const& pty) {
    CommandOptions how;
    how.terminal = pty.slave_name();
    return how;
}

} // namespace host
