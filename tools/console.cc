// SPDX-License-Identifier: Apache-2.0
// tools/console.cc - --console-socket: giving a container's terminal to whoever asked for it.
//
// unix(7), SCM_RIGHTS. The receivers (conmon, containerd's shim) expect one message.
#include "console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "failure.h"

namespace davit::cli {

Result<Fd> connect_console_socket(std::string const& path) {
    auto const what = "connect to the console socket " + quoted(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // A path that doesn't fit into the address is opened, and named by the number it got.
    std::string name = path;
    Fd place;
    if (path.size() >= sizeof address.sun_path) {
        place = Fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
        if (!place) return system_failure(what, errno);
        name = "/proc/self/fd/" + std::to_string(place.number());
    }
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);

    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return system_failure(what, errno);
    auto const* generic = reinterpret_cast<sockaddr const*>(&address);
    if (::connect(socket.number(), generic, sizeof address) != 0)
        return system_failure(what, errno);
    return socket;
}

Result<> send_console(Fd const& socket, Fd const& master) {
    // Of the container's own devpts, so that it can't be looked up on the host: TIOCGPTN, not
    // ptsname(), which would try.
    unsigned number = 0;
    if (::ioctl(master.number(), TIOCGPTN, &number) != 0)
        return system_failure("ask for the terminal's number", errno);
    auto name = "/dev/pts/" + std::to_string(number);

    iovec data{name.data(), name.size()};
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
    int const fd = master.number();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);

    ssize_t sent = 0;
    do sent = ::sendmsg(socket.number(), &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return system_failure("send the terminal to the console socket", errno);
    return {};
}

} // namespace davit::cli
