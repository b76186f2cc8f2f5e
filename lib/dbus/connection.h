// SPDX-License-Identifier: Apache-2.0
// dbus/connection.h - a D-Bus connection over a unix socket. Runs in: parent.
//
// D-Bus Specification, "Authentication Protocol", "Message Bus Specification"; unix(7). Every wait
// has a deadline; what the peer sends is kept up to a limit only.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "davit/fd.h"
#include "dbus/message.h"
#include "sys/deadline.h"

namespace davit::dbus {

using sys::Deadline;

/// The paths of the unix sockets in a server address; "@name" is abstract. Pure. Leaves out what
/// isn't a unix socket or can't be read.
std::vector<std::string> sockets_of(std::string_view address);

/// Not thread-safe. After a failure the caller can only make a new one.
class Connection {
  public:
    enum class Peer {
        bus,    ///< a message bus: it wants Hello first
        direct, ///< the service itself
    };
    /// Connects, checks that the peer is root or the caller's own user, authenticates. Kind::system
    /// with ENOENT or ECONNREFUSED if no process listens, ETIMEDOUT if the deadline passed.
    static Result<Connection> open(std::string const& socket, Peer peer, Deadline const& deadline);

    /// The answer, of type reply or error, to `request`. After a failure the connection can't be
    /// used, and it isn't known whether the peer carried the request out.
    Result<Message> call(Message request, Deadline const& deadline);

    /// The first signal for which `wanted` holds, among those since the connection was made. Drops
    /// the others. After ETIMEDOUT the caller may wait again.
    using Wanted = std::function<bool(Message const&)>;
    Result<Message> wait_for(Wanted const& wanted, Deadline const& deadline);

    /// Whether the peer has a pid in the caller's pid namespace. If not, it lives outside, and its
    /// pids mean other processes.
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
    std::string received_; ///< an incomplete message, or one not read yet
    std::uint32_t serial_ = 0;
    std::deque<Message> signals_; ///< signals that came during call(); only the newest ones
};

} // namespace davit::dbus
