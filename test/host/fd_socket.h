// SPDX-License-Identifier: Apache-2.0
// test/host/fd_socket.h - listens for a fd, as conmon and containerd's shim do.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#include "catch.h"

namespace host {

class FdSocket {
  public:
    explicit FdSocket(std::string path) : path_(std::move(path)) {
        listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening_, 1) == 0);
    }
    FdSocket(FdSocket const&) = delete;
    FdSocket& operator=(FdSocket const&) = delete;
    ~FdSocket() {
        ::close(listening_);
        ::unlink(path_.c_str());
    }
    /// Receives the one message: a text and exactly one fd, then nothing more. -1 for anything
    /// else.
    int receive(std::string* name) const {
        pollfd ready = {listening_, POLLIN, 0};
        if (::poll(&ready, 1, 5000) <= 0) return -1;
        int const peer = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        char text[4096], control[CMSG_SPACE(8 * sizeof(int))];
        iovec data = {text, sizeof text};
        msghdr message = {};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        ssize_t const n = ::recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
        char more = 0;
        ssize_t const rest = ::recv(peer, &more, 1, 0);
        ::close(peer);
        if (n <= 0 || rest != 0) return -1;
        *name = std::string(text, static_cast<size_t>(n));
        cmsghdr const* const header = CMSG_FIRSTHDR(&message);
        if (!header || header->cmsg_len != CMSG_LEN(sizeof(int))) return -1;
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        return fd;
    }
    [[nodiscard]] std::string const& path() const { return path_; }

  private:
    std::string path_;
    int listening_;
};

} // namespace host
