// SPDX-License-Identifier: Apache-2.0
// state/gate.cc - the socket in the state directory at which a created init waits.
//
// Runs in: parent. unix(7): the address has room for 108 bytes, and a --root may be longer: the
// address uses the directory's fd.
#include <cstring>

#include "safe/root.h"
#include "state/store.h"
#include "sys/socket.h"

namespace davit::state {

namespace {

constexpr char gate_name[] = "gate";

sockaddr_un address_in(int directory) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const path = text(safe::FdPath(directory).text, "/", gate_name);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

} // namespace

Result<Fd> Entry::make_gate() const {
    auto socket =
        TRY(context(sys::socket(AF_UNIX, SOCK_SEQPACKET, 0), "make the gate of ", quoted(id())));
    auto const address = address_in(directory());
    TRY(context(sys::bind(socket.number(), &address, sizeof address), "bind the gate of ",
                quoted(id())));
    return socket;
}

Result<Fd> Entry::connect_to_gate() const {
    // Nonblocking: a frozen init can't accept, but its queue takes a connection.
    auto socket = TRY(context(sys::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0),
                              "open the gate of ", quoted(id())));
    auto const address = address_in(directory());
    auto const connected = sys::connect(socket.number(), &address, sizeof address);
    if (!connected
        && (connected.error() == Errno{ECONNREFUSED} || connected.error() == Errno{ENOENT}))
        return Fd();
    // If init is stopped or frozen its queue fills up. Most callers only ask whether it listens.
    if (!connected && connected.error() == Errno{EAGAIN}) return socket;
    TRY(context(Sys<>(connected), "open the gate of ", quoted(id())));
    return socket;
}

void Entry::remove_gate() const { (void)sys::unlinkat(directory(), gate_name); }

} // namespace davit::state
