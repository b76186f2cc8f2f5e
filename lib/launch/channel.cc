// SPDX-License-Identifier: Apache-2.0
// launch/channel.cc - a message is a tag, then a trivially copyable struct. Runs in: both.
// Kernel interface: unix(7), cmsg(3).
#include "launch/channel.h"

namespace davit::launch {

namespace {
/// Ancillary data with room for exactly one fd.
union OneFd {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};
} // namespace

Sys<> Channel::send_bytes(std::uint16_t tag, void const* body, std::size_t size, int fd) const {
    iovec parts[2] = {{&tag, sizeof tag}, {const_cast<void*>(body), size}};
    auto const n = sys::send_with_fd(socket_.number(), parts, fd, 0);
    // unix(7) reports it once in place of EPIPE, if the peer died with unread messages.
    if (!n && n.error() == Errno{ECONNRESET}) return std::unexpected(Errno{EPIPE});
    if (!n) return std::unexpected(n.error());
    return {};
}

Sys<> Channel::receive(Received& into) const {
    into.tag = 0;
    into.fd.reset();
    iovec parts[2] = {{&into.tag, sizeof into.tag}, {into.body, sizeof into.body}};
    msghdr message{};
    OneFd ancillary{};
    Sys<std::size_t> n = std::unexpected(Errno{EINTR});
    // If the peer died with unread messages, the first read says ECONNRESET. The peer's last
    // messages come at the next read.
    while (!n && (n.error() == Errno{EINTR} || n.error() == Errno{ECONNRESET})) {
        message.msg_iov = parts;
        message.msg_iovlen = 2;
        message.msg_control = &ancillary;
        // Not sizeof: its padding has room for a second fd, which davit would leak.
        message.msg_controllen = CMSG_LEN(sizeof(int));
        n = sys::recvmsg(socket_.number(), message, 0);
    }
    if (!n) return std::unexpected(n.error());
    if (message.msg_controllen >= CMSG_LEN(sizeof(int))
        && ancillary.header.cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(&ancillary.header), sizeof fd);
        into.fd = Fd(fd);
    }
    if (*n == 0) return std::unexpected(Errno{EPIPE});
    if (*n < sizeof into.tag || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return std::unexpected(Errno{EPROTO});
    into.size = static_cast<std::uint16_t>(*n - sizeof into.tag);
    return {};
}

} // namespace davit::launch
