// SPDX-License-Identifier: Apache-2.0
// launch/channel.h - typed messages with at most one fd over a SOCK_SEQPACKET socket. Runs in:
// both.
//
// receive() waits without a limit: a caller with a limit polls the socket (and the peer's pidfd)
// first.
#pragma once

#include <cstring>
#include <type_traits>

#include "launch/protocol.h"
#include "sys/socket.h"

namespace davit::launch {

/// A message as it came.
struct Received {
    std::uint16_t tag = 0;
    std::uint16_t size = 0;
    Fd fd;
    alignas(8) std::byte body[1024] = {};

    /// The message, if it is one of that type.
    template <class M>
    [[nodiscard]] M const* as() const {
        if (tag != M::tag || size != sizeof(M)) return nullptr;
        return reinterpret_cast<M const*>(body);
    }
};

class Channel {
  public:
    Channel() = default;
    explicit Channel(Fd socket) : socket_(std::move(socket)) {}

    /// `fd` >= 0 travels along; the sender keeps its own.
    template <class M>
    [[nodiscard]] Sys<> send(M const& message, int fd = -1) const {
        static_assert(std::is_trivially_copyable_v<M> && sizeof(M) <= sizeof(Received::body));
        return send_bytes(M::tag, &message, sizeof message, fd);
    }

    /// The next message; EPIPE when the peer has closed its end.
    [[nodiscard]] Sys<> receive(Received& into) const;

    /// The next message, which must be an M: EPROTO if it is another.
    template <class M>
    [[nodiscard]] Sys<M> expect(Fd* fd = nullptr) const {
        Received received;
        if (auto const r = receive(received); !r) return std::unexpected(r.error());
        auto const* const message = received.as<M>();
        if (!message || (fd && !received.fd)) return std::unexpected(Errno{EPROTO});
        if (fd) *fd = std::move(received.fd);
        return *message;
    }

    [[nodiscard]] int number() const { return socket_.number(); }
    void close() { socket_.reset(); }

  private:
    [[nodiscard]] Sys<> send_bytes(std::uint16_t tag, void const* body, std::size_t size,
                                   int fd) const;
    Fd socket_;
};

} // namespace davit::launch
