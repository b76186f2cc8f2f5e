// SPDX-License-Identifier: Apache-2.0
// parts/network/socket_host.cc - a conversation with rtnetlink. Runs in: parent, and its child.
//
// A thread of the library may not enter another namespace, not even for a moment. So a child does:
// it shares only the parent's table of fds, puts the socket there and exits.
// Kernel interface: netlink(7), setns(2), clone3(2).
#include "parts/network/socket_host.h"

#include <linux/sockios.h>

#include "safe/child.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::network {

namespace {

Sys<Fd> open_socket() { return sys::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }

/// Runs in the child. Its socket replaces fd `place`.
[[noreturn]] void open_inside(int net_namespace, int place) {
    auto const opened = [&]() -> Sys<> {
        TRY(sys::setns(net_namespace, CLONE_NEWNET));
        auto const socket = TRY(open_socket());
        return sys::dup3(socket.number(), place, O_CLOEXEC);
    }();
    sys::exit_group(opened ? 0 : opened.error().value); // it fits into a byte
}

Sys<Fd> open_socket_in(int net_namespace) {
    // A free number that no other thread takes meanwhile.
    Fd place(static_cast<int>(TRY(sys::fcntl(net_namespace, F_DUPFD_CLOEXEC, 0))));
    int pidfd = -1;
    clone_args args{};
    // No exit signal: the caller's SIGCHLD handler, or wait(2) for any child, won't notice it.
    args.flags = CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    TRY(safe::fork([&] { return sys::clone3(args); },
                   [&] { open_inside(net_namespace, place.number()); }));
    auto const ended = TRY(safe::reap(PidFd(pidfd)));
    if (ended.si_code != CLD_EXITED) return std::unexpected(Errno{ECANCELED}); // killed
    if (ended.si_status != 0) return std::unexpected(Errno{ended.si_status});
    return place;
}

} // namespace

Result<Socket> Socket::ready(Fd fd) {
    int const on = 1;
    // Errors with the kernel's own words, and without the request.
    for (int const option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
        TRY(context(sys::setsockopt(fd.number(), SOL_NETLINK, option, &on, sizeof on),
                    "set up a netlink socket"));
    return Socket(std::move(fd));
}

Result<Socket> Socket::open() {
    return ready(TRY(context(open_socket(), "open a netlink socket")));
}

Result<Socket> Socket::open_in(int net_namespace) {
    return ready(TRY(context(open_socket_in(net_namespace),
                             "open a netlink socket in the container's network namespace")));
}

Result<NsFd> Socket::net_namespace() const {
    auto const fd = TRY(
        context(sys::ioctl(fd_.number(), SIOCGSKNS), "look up the network namespace of a socket"));
    return NsFd(static_cast<int>(fd));
}

Sys<Bytes> Socket::receive() {
    constexpr std::size_t most = 64 * 1024; // the kernel makes no larger datagrams than 32 KiB
    buffer_.resize(most);
    for (;;) {
        sockaddr_nl from{};
        iovec part{buffer_.data(), buffer_.size()};
        msghdr message{};
        message.msg_name = &from;
        message.msg_namelen = sizeof from;
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        auto const size = sys::recvmsg(fd_.number(), message, 0);
        if (!size && size.error() == Errno{EINTR}) continue;
        if (!size) return std::unexpected(size.error());
        if (message.msg_flags & MSG_TRUNC) return std::unexpected(Errno{EMSGSIZE});
        // Only the kernel's answers: in a joined namespace other processes may write to davit.
        if (from.nl_pid == 0) return Bytes(buffer_).first(*size);
    }
}

Result<> Socket::ask(Request request, std::function<void(Message const&)> const& take) {
    auto const bytes = request.numbered(++sequence_);
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr sending{};
    sending.msg_name = &kernel;
    sending.msg_namelen = sizeof kernel;
    sending.msg_iov = &part;
    sending.msg_iovlen = 1;
    TRY(context(sys::sendmsg(fd_.number(), sending, 0), "ask rtnetlink"));
    bool is_torn = false; // a list that changed during the answer
    for (;;) {
        auto rest = TRY(context(receive(), "hear rtnetlink's answer"));
        while (auto const message = take_message(rest)) {
            if (message->header.nlmsg_seq != sequence_) continue;
            is_torn = is_torn || (message->header.nlmsg_flags & NLM_F_DUMP_INTR);
            if (auto const ending = read_ending(*message)) {
                auto const errnum = ending->errnum ? ending->errnum : is_torn ? EINTR : 0;
                if (errnum == 0) return {};
                auto words = errno_text(errnum) + kernel_says(ending->words);
                auto const kind = errnum == EPERM ? Kind::denied : Kind::system;
                return std::unexpected(Error{kind, errnum, std::move(words)});
            }
            if (take) take(*message);
        }
    }
}

Result<std::optional<Link>> Socket::find(Request request) {
    std::optional<Link> link;
    auto asked = ask(std::move(request), [&](Message const& message) {
        if (auto found = read_link(message)) link = std::move(found);
    });
    if (!asked && asked.error().errnum != ENODEV) return std::unexpected(std::move(asked).error());
    return link;
}

Result<std::vector<Address>> Socket::addresses() {
    for (int tries = 1;; ++tries) {
        std::vector<Address> all;
        auto asked = ask(list_addresses(), [&](Message const& message) {
            if (auto address = read_address(message)) all.push_back(std::move(*address));
        });
        if (asked) return all;
        constexpr int most_tries = 100; // each means that an address came or went
        if (asked.error().errnum != EINTR || tries == most_tries)
            return std::unexpected(std::move(asked).error());
    }
}

} // namespace davit::network
