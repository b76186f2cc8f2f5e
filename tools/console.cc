// SPDX-License-Identifier: Apache-2.0
// tools/console.cc - --console-socket and --pidfd-socket: sending fds to the caller's sockets.
//
// unix(7), SCM_RIGHTS. The receivers (conmon, containerd's shim) expect one message with one fd.
#include "console.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "base/result.h"
#include "unix_address.h"

namespace davit::cli {

namespace {

Result<Fd> connect_to(std::string_view whose, std::string const& path) {
    auto const what = "connect to the " + std::string(whose) + " socket " + quoted(path);
    UnixAddress const address(path);
    if (address.problem() != 0) return fail_errno(Errno{address.problem()}, what);
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // For connecting and sending: a receiver that is slower than this never will take the fd.
    constexpr timeval deadline{10, 0};
    if (!socket
        || ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline) != 0
        || ::connect(socket.number(), address.get(), address.size()) != 0)
        return errno == EAGAIN ? fail(Kind::system, what, ": no process has accepted it for 10 s")
                               : fail_errno(Errno{errno}, what);
    return socket;
}

} // namespace

Result<Fd> connect_console_socket(std::string const& path) { return connect_to("console", path); }
Result<Fd> connect_pidfd_socket(std::string const& path) { return connect_to("pidfd", path); }

Result<> send_console(Fd const& socket, Fd const& master) {
    // TIOCGPTN, not ptsname(): that would look the terminal up on the host, but it belongs to the
    // container's own devpts.
    unsigned number = 0;
    if (::ioctl(master.number(), TIOCGPTN, &number) != 0)
        return fail_errno(Errno{errno}, "ask for the terminal's number");
    auto const name = "/dev/pts/" + std::to_string(number);
    if (int const problem = send_with_fd(socket.number(), name, master.number()))
        return fail_errno(Errno{problem}, "send the terminal to the console socket");
    return {};
}

Result<> send_pidfd(Fd const& socket, PidFd const& process, std::string_view whose) {
    if (int const problem = send_with_fd(socket.number(), whose, process.number()))
        return fail_errno(Errno{problem}, "send the pidfd to the pidfd socket");
    return {};
}

} // namespace davit::cli
