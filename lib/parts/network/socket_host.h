// SPDX-License-Identifier: Apache-2.0
// parts/network/socket_host.h - a conversation with rtnetlink. Runs in: parent.
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "davit/fd.h"
#include "parts/network/netlink.h"

namespace davit::network {

/// Speaks to one network namespace for ever, the one in which it was made; keeps that alive. Not
/// thread-safe.
class Socket {
  public:
    static Result<Socket> open();
    /// `net_namespace` is what setns(2) takes: a namespace's fd, or a process's pidfd.
    static Result<Socket> open_in(int net_namespace);

    /// Its namespace.
    [[nodiscard]] Result<NsFd> net_namespace() const;

    /// Sends the request, hands each message of the answer to `take`, and waits for the last: the
    /// kernel answers before sendmsg(2) returns. The Error has the kernel's words, but not the
    /// request.
    Result<> ask(Request request, std::function<void(Message const&)> const& take = {});

    /// Nothing if there is no such interface.
    Result<std::optional<Link>> find(Request request);

    /// All addresses of the namespace.
    Result<std::vector<Address>> addresses();

  private:
    explicit Socket(Fd fd) : fd_(std::move(fd)) {}
    static Result<Socket> ready(Fd fd);
    Sys<Bytes> receive();

    Fd fd_;
    std::uint32_t sequence_ = 0;
    std::vector<std::byte> buffer_;
};

} // namespace davit::network
