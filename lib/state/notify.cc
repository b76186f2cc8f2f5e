// SPDX-License-Identifier: Apache-2.0
// state/notify.cc - the directory with the socket at which the container says that it is ready.
//
// Runs in: parent. sd_notify(3), unix(7). The container sees only `notify`. On the host ROOT/ID
// protects it, so all users may use what is in it. The container is hostile: with CAP_SYS_ADMIN it
// can make its mount writable, and put anything there at any time. So davit checks a file there
// before it uses its name.
#include <cstring>

#include "safe/remove.h"
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

namespace {

sys::Deadline patience() { return sys::Deadline(std::chrono::seconds(10)); }

sockaddr_un address_of(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Opens what is at the socket's place; follows no link, enters no mount. ENOTSOCK for another
/// file.
Sys<PathFd> find_socket(Fd const& place) {
    auto node = TRY(sys::openat2<PathFd>(place.number(), notify_socket, O_PATH,
                                         RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV));
    if (!S_ISSOCK(TRY(sys::fstat(node.number())).st_mode)) return std::unexpected(Errno{ENOTSOCK});
    return node;
}

/// Whether a process listens at the existing socket.
bool is_taken(Fd const& place, Fd const& socket) {
    auto const node = find_socket(place);
    if (!node) return false;
    auto const address = address_of(safe::FdPath(node->number()).text);
    return sys::connect(socket.number(), &address, sizeof address).has_value();
}

} // namespace

Result<Fd> Entry::bind_notify() const {
    auto const what = text("bind the notify socket of ", quoted(id()));
    auto const place = sys::openat2<Fd>(directory(), notify_directory, O_PATH | O_DIRECTORY,
                                        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (!place && place.error() == Errno{ENOENT}) return Fd();
    if (!place) return fail_errno(place.error(), what);
    auto const address = address_of(text(safe::FdPath(place->number()).text, "/", notify_socket));
    auto socket = TRY(context(sys::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), what));
    // bind(2) follows no link, and fails for an existing name.
    auto bound = sys::bind(socket.number(), &address, sizeof address);
    if (!bound && bound.error() == Errno{EADDRINUSE}) {
        // A killed start left it, or another start runs, or the container has made it.
        if (is_taken(*place, socket))
            return fail(Kind::state, what, ": another davit listens there");
        TRY(context(safe::remove_tree(place->number(), notify_socket, patience()), what));
        bound = sys::bind(socket.number(), &address, sizeof address);
    }
    TRY(context(std::move(bound), what));
    // By fd: the name may mean a file of the host by now. (fchmod(2) before bind(2) would need a
    // umask of 0, which holds for the whole process.)
    auto const node = TRY(context(find_socket(*place), what));
    TRY(context(sys::fchmodat(sys::cwd, safe::FdPath(node.number()).text, 0777), what));
    return socket;
}

Result<> Entry::remove_notify() const {
    return context(safe::remove_tree(directory(), notify_directory, patience()),
                   "remove the notify directory of ", quoted(id()));
}

} // namespace davit::state
