// SPDX-License-Identifier: Apache-2.0
// sys/socket.h - sockets: one function per system call. Runs in: both.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

inline Sys<> socketpair(int domain, int type, Fd (&ends)[2]) {
    int numbers[2] = {-1, -1};
    auto const r = raw::done(SYS_socketpair, domain, type | SOCK_CLOEXEC, 0, numbers);
    if (!r) return r;
    ends[0] = Fd(numbers[0]);
    ends[1] = Fd(numbers[1]);
    return {};
}
inline Sys<Fd> socket(int domain, int type, int protocol) {
    return raw::opened<Fd>(SYS_socket, domain, type | SOCK_CLOEXEC, protocol);
}
inline Sys<> bind(int fd, void const* address, std::size_t size) {
    return raw::done(SYS_bind, fd, address, size);
}
inline Sys<> connect(int fd, void const* address, std::size_t size) {
    return raw::done(SYS_connect, fd, address, size);
}
inline Sys<> listen(int fd, int backlog) { return raw::done(SYS_listen, fd, backlog); }
inline Sys<Fd> accept4(int fd) {
    return raw::opened<Fd>(SYS_accept4, fd, nullptr, nullptr, SOCK_CLOEXEC);
}
inline Sys<std::size_t> sendmsg(int fd, msghdr const& message, int flags) {
    return raw::sized(SYS_sendmsg, fd, &message, flags | MSG_NOSIGNAL);
}
/// Sends `passed` (-1: nothing) along with the first byte. [cmsg(3), SCM_RIGHTS]
inline Sys<std::size_t> send_with_fd(int fd, std::span<iovec> parts, int passed, int flags) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof passed)] = {};
    if (passed >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        auto* const header = CMSG_FIRSTHDR(&message);
        *header = {CMSG_LEN(sizeof passed), SOL_SOCKET, SCM_RIGHTS};
        std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    return sendmsg(fd, message, flags);
}
inline Sys<std::size_t> recvmsg(int fd, msghdr& message, int flags) {
    return raw::sized(SYS_recvmsg, fd, &message, flags | MSG_CMSG_CLOEXEC);
}
inline Sys<> setsockopt(int fd, int level, int option, void const* value, socklen_t size) {
    return raw::done(SYS_setsockopt, fd, level, option, value, size);
}
inline Sys<> getsockopt(int fd, int level, int option, void* value, socklen_t* size) {
    return raw::done(SYS_getsockopt, fd, level, option, value, size);
}
/// Returns how many are ready; `timeout` null waits for ever.
inline Sys<long> ppoll(pollfd* fds, std::size_t count, timespec const* timeout) {
    timespec copy{};
    if (timeout) copy = *timeout; // the kernel writes the rest of it back
    return raw::call(SYS_ppoll, fds, count, timeout ? &copy : nullptr, nullptr, 0);
}

} // namespace davit::sys
