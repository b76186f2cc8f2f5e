// SPDX-License-Identifier: Apache-2.0
// tools/unix_address.h - where a unix socket is, and one message to it. unix(7).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "davit/fd.h"

namespace davit::cli {

/// A path, however long: one that doesn't fit into an address is opened, and named by the number it
/// got for as long as this object lives. Or, with Abstract::allowed, "@name".
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

/// One message with one fd; 0 or an errno. A receiver that is gone is EPIPE, never a signal.
[[nodiscard]] int send_with_fd(int socket, std::string_view text, int fd);

} // namespace davit::cli
