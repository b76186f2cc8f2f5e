// SPDX-License-Identifier: Apache-2.0
// dbus/connection.h - a D-Bus connection over a unix socket. Runs in: parent.
//
// D-Bus Specification, "Authentication Protocol", "Message Bus Specification"; unix(7). Nothing
// waits without a deadline, and nothing that the peer sends is kept without a bound.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "davit/fd.h"
#include "dbus/message.h"
#include "sys/deadline.h"

namespace davit::dbus {

using sys::Deadline;

/// The paths of the unix sockets in a server address; "@name" is abstract. Pure. What isn't a unix
/// socket, or makes no sense, is left out.
std::vector<std::string> sockets_of(std::string_view address);

/// Not thread-safe. After a failure there is nothing left to do with it but to make a new one.
class Connection {
  public:
    enum class Peer {
        bus,    ///< a message bus, which must greet us
        direct, ///< the service itself
    };
    /// Connects, checks that the peer is root's or our own, authenticates. Kind::system with
    /// ENOENT or ECONNREFUSED if nobody is there, ETIMEDOUT if the deadline passed.
    static Result<Connection> open(std::string const& socket, Peer peer, Deadline const& deadline);

    /// The answer, of type reply or error, to `request`. A failure is the connection's end: whether
    /// the request was carried out isn't known.
    Result<Message> call(Message request, Deadline const& deadline);

    /// The first signal for which `wanted` holds, among those that came since the connection was
    /// made. Others are dropped. One may go on waiting after ETIMEDOUT.
    using Wanted = std::function<bool(Message const&)>;
    Result<Message> wait_for(Wanted const& wanted, Deadline const& deadline);

    /// Whether the peer has a pid in our pid namespace: else it is outside, and so are its pids.
    [[nodiscard]] bool is_in_sight() const { return is_in_sight_; }

  private:
    explicit Connection(Fd socket) : socket_(std::move(socket)) {}
    Result<> authenticate(Deadline const& deadline);
    Result<> send(std::string_view bytes, int fd, Deadline const& deadline);
    Result<> receive(Deadline const& deadline); ///< some bytes more
    Result<std::string> line(Deadline const& deadline);
    Result<Message> next(Deadline const& deadline);

    Fd socket_;
    bool is_in_sight_ = false;
    std::string received_; ///< what isn't a whole message yet, or not looked at
    std::uint32_t serial_ = 0;
    std::deque<Message> signals_; ///< that came while an answer was waited for; the newest ones
};

} // namespace davit::dbus
