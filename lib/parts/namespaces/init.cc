// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/init.cc - entering namespaces. Runs in: init.
// Kernel interface: setns(2), unshare(2), clone(2), clone3(2), netdevice(7).
#include <net/if.h>
#include <sys/ioctl.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::namespaces {

namespace {

/// Whether a procfs can be made for a pid namespace from outside: since Linux 6.17.
bool procfs_takes(Fd const& pid_namespace) {
    auto const context = sys::fsopen("proc");
    return context && sys::fsconfig_set_fd(context->number(), "pidns", pid_namespace.number());
}

Sys<> continue_in_child(init::Init& init, std::uint64_t new_namespaces = 0);

/// Becomes root of the user namespace, which has its maps.
Sys<> become_root(init::Init& init) {
    init.doing(launch::Detail::user);
    TRY(sys::setresgid(0));
    TRY(sys::setresuid(0));
    init::forbid_tracing();
    return {};
}

/// Whether init enters a joined pid namespace later.
bool can_wait(init::Init const& init, Join const& join) {
    // Create hooks read the pid that the container's process keeps.
    return (join.type & CLONE_NEWPID) && !init.plan().namespaces.second
           && !init.plan().hooks.stop_for_parent;
}

} // namespace

Sys<> join(init::Init& init) {
    // exec: its fd is a pidfd, and it enters all namespaces at once; it makes no procfs.
    bool const added = init.plan().who == plan::Who::exec;
    for (auto const& join : init.view().list(init.plan().namespaces.join)) {
        Fd fd;
        TRY(init.parent.expect<launch::TakeNamespace>(&fd));
        TRY(sys::setns(fd.number(), static_cast<int>(join.type)));
        if (can_wait(init, join) && (added || procfs_takes(fd))) init.pid_namespace = std::move(fd);
        if (added && (join.type & CLONE_NEWUSER)) TRY(become_root(init));
        ++init.item;
    }
    if (init.plan().namespaces.second) {
        TRY(continue_in_child(init, init.plan().namespaces.in_second));
        TRY(init.parent.expect<launch::Mapped>());
        return become_root(init);
    }
    // Then, and before Linux 6.17, the second process must make the mounts, where all processes of
    // that namespace see it.
    if (init.plan().namespaces.join_pid && !init.pid_namespace) return continue_in_child(init);
    return {};
}

Sys<> enter_pid_namespace(init::Init& init) {
    if (!init.pid_namespace) return {}; // entered already
    init.pid_namespace.reset();
    return continue_in_child(init);
}

namespace {

/// A pid namespace holds only children: a second process of this image continues, as a child of
/// init's parent, and init exits. (The parent itself must not join: its own image would then appear
/// in the /proc of the processes of that namespace.)
Sys<> continue_in_child(init::Init& init, std::uint64_t new_namespaces) {
    Fd until_told[2];
    TRY(sys::socketpair(AF_UNIX, SOCK_STREAM, until_told));
    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PARENT | CLONE_PIDFD | new_namespaces;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    // Not clone3: a seccomp filter may be loaded already. It can't see clone3's flags, and refuses
    // it.
    auto const child =
        TRY(new_namespaces ? sys::clone3(args) : sys::clone(CLONE_PARENT | CLONE_PIDFD, pidfd));
    if (child == 0) {
        // Messages of the second process must come after Forked. If the first was killed before
        // Forked, no process knows the second, and none would ever end it.
        until_told[1].reset();
        char byte;
        auto const told = sys::read(until_told[0].number(), &byte, 1);
        if (!told || *told != 1) sys::exit_group(1);
        init::forbid_tracing(); // fork doesn't inherit it
        (void)sys::setsid();
        return {};
    }
    auto const told = init.parent.send(launch::Forked{child}, pidfd);
    if (told) (void)sys::write_once(until_told[1].number(), "", 1);
    sys::exit_group(told ? 0 : 1);
}

} // namespace

Sys<> make(init::Init& init) { return sys::unshare(init.plan().namespaces.make); }

Sys<> set_names(init::Init& init) {
    auto const& names = init.plan().namespaces;
    if (names.hostname)
        TRY(sys::sethostname(init.view().text(names.hostname), names.hostname.size));
    if (names.domainname)
        TRY(sys::setdomainname(init.view().text(names.domainname), names.domainname.size));
    return {};
}

Sys<> raise_loopback(init::Init&) {
    auto const socket = sys::socket(AF_INET, SOCK_DGRAM, 0);
    if (!socket) {
        if (socket.error() == Errno{EAFNOSUPPORT}) return {}; // a kernel without IPv4
        return std::unexpected(socket.error());
    }
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    TRY(sys::ioctl(socket->number(), SIOCGIFFLAGS, &request));
    request.ifr_flags |= IFF_UP;
    TRY(sys::ioctl(socket->number(), SIOCSIFFLAGS, &request));
    return {};
}

} // namespace davit::namespaces
