// SPDX-License-Identifier: Apache-2.0
// dbus/connection.cc - a D-Bus connection over a unix socket. Runs in: parent.
//
// D-Bus Specification, "Authentication Protocol"; unix(7). The socket never blocks: each wait is a
// ppoll(2) up to the deadline.
#include "dbus/connection.h"

#include <algorithm>
#include <cstring>

#include "sys/process.h"
#include "sys/socket.h"

namespace davit::dbus {

namespace {

constexpr std::size_t longest_line = 1024;
constexpr std::size_t most_signals = 64;
constexpr std::string_view bus_name = "org.freedesktop.DBus";

std::unexpected<Error> too_late(std::string_view what) { return fail_errno({ETIMEDOUT}, what); }

int hex_digit(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto const at = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    return at == digits.npos ? -1 : static_cast<int>(at);
}

/// "%2f" is "/"; nothing if an escape is malformed.
std::optional<std::string> unescaped(std::string_view s) {
    std::string out;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] != '%') {
            out += s[i];
            continue;
        }
        if (i + 2 >= s.size()) return {};
        int const high = hex_digit(s[i + 1]), low = hex_digit(s[i + 2]);
        if (high < 0 || low < 0) return {};
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

bool starts_with_word(std::string_view line, std::string_view word) {
    return line.starts_with(word) && (line.size() == word.size() || line[word.size()] == ' ');
}

/// The listening process must be root's, or the caller's own user's: systemd listens for the bus as
/// root before it becomes another user. The kernel remembers which process called listen(2);
/// returns its pid.
Result<int> check_peer(Fd const& socket, std::string const& path) {
    ucred peer{};
    socklen_t size = sizeof peer;
    TRY(context(sys::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size),
                "look up who listens at ", quoted(path)));
    if (peer.uid == 0 || peer.uid == sys::geteuid()) return peer.pid;
    return fail(Kind::denied, "the process that listens at ", quoted(path), " has user ", peer.uid,
                ", neither root nor we");
}

Result<Fd> connect(std::string const& path, Deadline const& deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path)
        return fail(Kind::config, "no address of a unix socket: ", quoted(path));
    std::memcpy(address.sun_path, path.data(), path.size());
    bool const is_abstract = path[0] == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    auto const length = offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1);
    auto socket =
        TRY(context(sys::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), "make a socket"));
    for (;;) {
        auto const done = sys::connect(socket.number(), &address, length);
        if (done) return socket;
        // EAGAIN: its backlog is full, and poll can't wait for room.
        if (done.error().value != EAGAIN || deadline.passed())
            return fail_errno(done.error(), "connect to ", quoted(path));
        deadline.sleep(std::chrono::milliseconds(10));
    }
}

} // namespace

std::vector<std::string> sockets_of(std::string_view address) {
    std::vector<std::string> out;
    for (auto const one : split(address, ';')) {
        if (!one.starts_with("unix:")) continue;
        for (auto const pair : split(one.substr(5), ',')) {
            bool const is_path = pair.starts_with("path=");
            if (!is_path && !pair.starts_with("abstract=")) continue;
            auto const value = unescaped(pair.substr(pair.find('=') + 1));
            if (!value || value->empty() || value->find('\0') != value->npos) continue;
            if (is_path && (*value)[0] != '/') continue;
            out.push_back(is_path ? *value : '@' + *value);
        }
    }
    return out;
}

Result<Connection> Connection::open(std::string const& socket, Peer peer,
                                    Deadline const& deadline) {
    Connection made(TRY(connect(socket, deadline)));
    made.is_in_sight_ = TRY(check_peer(made.socket_, socket)) != 0;
    TRY(within(made.authenticate(deadline), quoted(socket)));
    if (peer == Peer::direct) return made;
    auto const hello = TRY(within(
        made.call(dbus::call(bus_name, "/org/freedesktop/DBus", bus_name, "Hello"), deadline),
        quoted(socket)));
    if (hello.type == MessageType::error)
        return fail(Kind::denied, quoted(socket), ": the bus refused us: ", hello.error);
    return made;
}

/// Sends the caller's part at once: the answers are known beforehand. EXTERNAL names no user: the
/// kernel tells the bus the uid that the caller has there, not in a user namespace.
Result<> Connection::authenticate(Deadline const& deadline) {
    constexpr char ours[] = "\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
    TRY(send({ours, sizeof ours - 1}, -1, deadline));
    for (std::string_view const expected : {"DATA", "OK", "AGREE_UNIX_FD"}) {
        auto const got = TRY(line(deadline));
        if (!starts_with_word(got, expected))
            return fail(Kind::denied, "the bus doesn't authenticate us: expected ",
                        quoted(expected), ", got ", quoted(got));
    }
    return {};
}

Result<> Connection::send(std::string_view bytes, int fd, Deadline const& deadline) {
    while (!bytes.empty()) {
        iovec part[] = {{const_cast<char*>(bytes.data()), bytes.size()}};
        auto const sent = sys::send_with_fd(socket_.number(), part, fd, MSG_DONTWAIT);
        if (sent) {
            bytes.remove_prefix(*sent);
            fd = -1; // sent with the first of them
        } else if (sent.error().value == EAGAIN && !deadline.wait(socket_.number(), POLLOUT)) {
            return too_late("the bus doesn't take what we say");
        } else if (sent.error().value != EAGAIN && sent.error().value != EINTR) {
            return fail_errno(sent.error(), "send to the bus");
        }
    }
    return {};
}

Result<> Connection::receive(Deadline const& deadline) {
    char buffer[4096];
    for (;;) {
        // A flood of messages must end, too.
        if (deadline.passed()) return too_late("the bus doesn't answer");
        iovec part{buffer, sizeof buffer};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1; // no room for fds: the kernel closes them
        auto const got = sys::recvmsg(socket_.number(), message, MSG_DONTWAIT);
        if (got && *got == 0) return fail_errno({ECONNRESET}, "the bus has closed the connection");
        if (got) {
            received_.append(buffer, *got);
            return {};
        }
        if (got.error().value == EAGAIN) {
            if (!deadline.wait(socket_.number(), POLLIN)) return too_late("the bus doesn't answer");
        } else if (got.error().value != EINTR) {
            return fail_errno(got.error(), "receive from the bus");
        }
    }
}

Result<std::string> Connection::line(Deadline const& deadline) {
    for (;;) {
        if (auto const end = received_.find("\r\n"); end != received_.npos) {
            auto out = received_.substr(0, end);
            received_.erase(0, end + 2);
            return out;
        }
        if (received_.size() > longest_line)
            return fail(Kind::system, "the bus sent a line without an end");
        TRY(receive(deadline));
    }
}

Result<Message> Connection::next(Deadline const& deadline) {
    while (received_.size() < head_size) TRY(receive(deadline));
    auto const size = TRY(size_of(received_));
    while (received_.size() < size) TRY(receive(deadline));
    auto message = decode(std::string_view(received_).substr(0, size));
    received_.erase(0, size);
    return message;
}

Result<Message> Connection::call(Message request, Deadline const& deadline) {
    request.serial = ++serial_;
    TRY(send(encode(request), request.fd, deadline));
    for (;;) {
        if (deadline.passed()) return too_late("the bus doesn't answer");
        auto message = TRY(next(deadline));
        if (message.type == MessageType::signal) {
            if (signals_.size() == most_signals) signals_.pop_front();
            signals_.push_back(std::move(message));
        } else if (message.reply_to == request.serial && message.type != MessageType::call) {
            return message;
        } // any other answer is to a call that davit no longer waits for
    }
}

Result<Message> Connection::wait_for(Wanted const& wanted, Deadline const& deadline) {
    for (;;) {
        while (!signals_.empty()) {
            auto message = std::move(signals_.front());
            signals_.pop_front();
            if (wanted(message)) return message;
        }
        if (deadline.passed()) return too_late("the bus doesn't tell");
        auto message = TRY(next(deadline));
        if (message.type == MessageType::signal) signals_.push_back(std::move(message));
    }
}

} // namespace davit::dbus
