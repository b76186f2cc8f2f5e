// SPDX-License-Identifier: Apache-2.0
// tools/unix_address.cc - where a unix socket is, and one message to it. unix(7).
#include "unix_address.h"

#include <fcntl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace davit::cli {

UnixAddress::UnixAddress(std::string const& path, Abstract abstract) {
    address_.sun_family = AF_UNIX;
    if (abstract == Abstract::allowed && path.starts_with('@')) {
        if (path.size() > sizeof address_.sun_path) problem_ = ENAMETOOLONG;
        if (problem_ != 0) return;
        std::memcpy(address_.sun_path, path.data(), path.size());
        address_.sun_path[0] = '\0';
        size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
        return;
    }
    std::string name = path;
    if (path.size() >= sizeof address_.sun_path) {
        place_ = Fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
        if (!place_) problem_ = errno;
        name = "/proc/self/fd/" + std::to_string(place_.number());
    }
    std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
}

int send_with_fd(int socket, std::string_view text, int fd) {
    iovec data{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);

    ssize_t sent = 0;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

} // namespace davit::cli
