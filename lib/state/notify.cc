// SPDX-License-Identifier: Apache-2.0
// state/notify.cc - the directory in which the container finds a socket, to say that it is ready.
//
// Runs in: parent. sd_notify(3), unix(7). The container sees `notify` and nothing beside it; who
// may come there on the host is ROOT/ID's business, so all that is in it is open to all users.
#include <cstring>

#include "safe/root.h"
#include "state/store.h"
#include "sys/socket.h"

namespace davit::state {

Result<> Entry::make_notify() const {
    TRY(context(sys::mkdirat(directory(), notify_directory, 0755), "make the notify directory of ",
                quoted(id())));
    return context(sys::fchmodat(directory(), notify_directory, 0755), // whatever the umask is
                   "open the notify directory of ", quoted(id()));
}

Result<Fd> Entry::bind_notify() const {
    auto const what = text("bind the notify socket of ", quoted(id()));
    auto const place = sys::openat2<Fd>(directory(), notify_directory, O_PATH | O_DIRECTORY,
                                        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (!place && place.error() == Errno{ENOENT}) return Fd();
    if (!place) return fail_errno(place.error(), what);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const path = text(safe::FdPath(place->number()).text, "/", notify_socket);
    std::memcpy(address.sun_path, path.data(), path.size());

    auto socket = TRY(context(sys::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), what));
    auto bound = sys::bind(socket.number(), &address, sizeof address);
    if (!bound && bound.error() == Errno{EADDRINUSE}) {
        // A start that was killed left it, or one is at work.
        auto const other = sys::connect(socket.number(), &address, sizeof address);
        if (other || other.error() != Errno{ECONNREFUSED})
            return fail(Kind::state, what, ": another davit listens there");
        (void)sys::unlinkat(place->number(), notify_socket);
        bound = sys::bind(socket.number(), &address, sizeof address);
    }
    TRY(context(std::move(bound), what));
    TRY(context(sys::fchmodat(place->number(), notify_socket, 0777), what));
    return socket;
}

void Entry::remove_notify() const {
    (void)sys::unlinkat(directory(), text(notify_directory, "/", notify_socket).c_str());
    (void)sys::unlinkat(directory(), notify_directory, AT_REMOVEDIR);
}

} // namespace davit::state
