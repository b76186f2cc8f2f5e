// SPDX-License-Identifier: Apache-2.0
// tools/unix_address.h - where a unix socket is, and one message to it. unix(7).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "davit/fd.h"

namespace davit::cli {

/// A path of any length: one that doesn't fit into an address is opened and named by its fd's
/// number, as long as this object lives. With Abstract::allowed, also "@name".
class UnixAddress {
  public:
    enum class Abstract { refused, allowed };
    explicit UnixAddress(std::string const& path, Abstract abstract = Abstract::refused);

    [[nodiscard]] int problem() const { return problem_; } ///< 0, or an errno
    [[nodiscard]] sockaddr const* get() const {
        return reinterpret_cast<sockaddr const*>(&address_);
    }
    [[nodiscard]] socklen_t size() const { return size_; }

  private:
    sockaddr_un address_{};
    socklen_t size_ = sizeof address_;
    Fd place_;
    int problem_ = 0;
};

/// Sends one message with one fd; 0 or an errno. If the receiver is gone: EPIPE, never a signal.
[[nodiscard]] int send_with_fd(int socket, std::string_view text, int fd);

} // namespace davit::cli
