// SPDX-License-Identifier: Apache-2.0
// tools/notify.cc - passes on to davit's caller that a container is ready.
//
// sd_notify(3), unix(7). davit only compares the container's words and never forwards them: the
// container may send anything, of any size, at any rate, with fds and credentials.
#include "notify.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "says_ready.h"
#include "unix_address.h"

namespace davit::cli {

namespace {

char const* caller_socket() {
    char const* const path = std::getenv("NOTIFY_SOCKET");
    return path == nullptr || *path == '\0' ? nullptr : path;
}

Result<Fd> connect_to_caller(std::string const& path) {
    auto const what = "connect to NOTIFY_SOCKET " + quoted(path);
    UnixAddress const address(path, UnixAddress::Abstract::allowed);
    if (address.problem() != 0) return fail_errno(Errno{address.problem()}, what);
    Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.number(), address.get(), address.size()) != 0)
        return fail_errno(Errno{errno}, what);
    timeval const deadline{10, 0}; // for a caller that doesn't read
    ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    return socket;
}

} // namespace

bool notification_wanted() { return caller_socket() != nullptr; }

NotifyRelay NotifyRelay::open(Container const& container, Log const& log) {
    char const* const path = caller_socket();
    if (path == nullptr) return {};
    auto const without = [&](std::string const& story) {
        log.write(Level::warning, "the caller won't hear when the container is ready: " + story);
        return NotifyRelay();
    };
    auto caller = connect_to_caller(path);
    if (!caller) return without(caller.error().story);
    auto socket = container.notify_socket();
    if (!socket) return without(socket.error().story);
    if (!*socket) return without("it was created without NOTIFY_SOCKET in the environment");
    NotifyRelay relay;
    relay.caller_ = std::move(*caller);
    relay.container_ = std::move(*socket);
    return relay;
}

bool NotifyRelay::hears_ready() const {
    char text[4096]; // as much as systemd takes
    iovec data{text, sizeof text};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1; // no room for fds: the kernel closes those that come along
    auto const size = ::recvmsg(container_.number(), &message, MSG_DONTWAIT);
    return size > 0 && (message.msg_flags & MSG_TRUNC) == 0
           && says_ready({text, static_cast<std::size_t>(size)});
}

void NotifyRelay::read_some(int main_pid) {
    if (!hears_ready()) return;
    // Closed before davit does anything slow: from now on no process in the container waits for
    // davit.
    container_.reset();
    auto const words = "READY=1\nMAINPID=" + std::to_string(main_pid) + "\n";
    ssize_t sent = 0;
    do sent = ::send(caller_.number(), words.data(), words.size(), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    told_ = sent >= 0;
}

void NotifyRelay::wait_for_caller() {
    // sd_notify_barrier(3): systemd looks up the sender when it reads a message, and davit would be
    // gone by then. systemd closes the fd when it has read all earlier messages.
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    Fd const closed_by_caller(ends[0]);
    Fd barrier(ends[1]);
    if (send_with_fd(caller_.number(), "BARRIER=1", barrier.number()) != 0) return;
    barrier.reset();
    pollfd closed{closed_by_caller.number(), POLLIN, 0};
    while (::poll(&closed, 1, 30'000) < 0 && errno == EINTR) {
    }
}

void NotifyRelay::accompany(PidFd const& process, int main_pid) {
    bool ended = !process;
    while (fd() >= 0 && !ended) {
        pollfd ready[] = {{fd(), POLLIN, 0}, {process.number(), POLLIN, 0}};
        if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
        ended = ready[1].revents != 0;
        read_some(main_pid);
    }
    // Reads what the process said last. A queue holds 10 messages by default, and other processes
    // may fill it for ever.
    for (int left = 16; fd() >= 0 && left > 0; --left) read_some(main_pid);
    if (told_) wait_for_caller();
}

} // namespace davit::cli
