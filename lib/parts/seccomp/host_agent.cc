// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host_agent.cc - the agent that answers SCMP_ACT_NOTIFY. Runs in: parent.
//
// config-linux.md#containerprocessstate, unix(7). The path is the engine's, on the host.
#include <cstring>

#include "parts/seccomp/host.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/socket.h"

namespace davit::seccomp {

namespace {

constexpr timeval deadline{10, 0};

/// Connects by an fd's path: the address has room for 108 bytes only.
Sys<Fd> connect_to(std::string const& path) {
    auto const place = TRY(sys::openat<PathFd>(sys::cwd, path.c_str(), O_PATH));
    auto agent = TRY(sys::socket(AF_UNIX, SOCK_STREAM, 0));
    TRY(sys::setsockopt(agent.number(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    safe::FdPath const name(place.number());
    static_assert(sizeof name.text <= sizeof address.sun_path);
    std::memcpy(address.sun_path, name.text, sizeof name.text);
    TRY(sys::connect(agent.number(), &address, sizeof address));
    return agent;
}

/// The fd is sent with the first bytes.
Sys<> send_all(Fd const& agent, std::string_view bytes, int fd) {
    for (; !bytes.empty(); fd = -1) {
        iovec part[] = {{const_cast<char*>(bytes.data()), bytes.size()}};
        bytes.remove_prefix(TRY(sys::send_with_fd(agent.number(), part, fd, 0)));
    }
    return {};
}

} // namespace

Result<> tell_agent(std::string const& path, std::string const& state, Fd const& listener) {
    auto const agent = TRY(context(
        connect_to(path), "config.json: /linux/seccomp/listenerPath: connect to ", quoted(path)));
    return context(send_all(agent, state, listener.number()),
                   "config.json: /linux/seccomp/listenerPath: send to ", quoted(path));
}

} // namespace davit::seccomp
