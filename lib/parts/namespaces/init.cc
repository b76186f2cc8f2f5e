// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/init.cc - entering namespaces. Runs in: init.
// Kernel interface: setns(2), unshare(2), clone(2), clone3(2), netdevice(7).
#include <net/if.h>
#include <sys/ioctl.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::namespaces {

namespace {

/// Whether a procfs can be made for a pid namespace from outside of it: Linux 6.17 and newer.
bool procfs_takes(Fd const& pid_namespace) {
    auto const context = sys::fsopen("proc");
    return context && sys::fsconfig_set_fd(context->number(), "pidns", pid_namespace.number());
}

Sys<> continue_in_child(init::Init& init, std::uint64_t new_namespaces = 0);

/// Of the user namespace, which has its maps.
Sys<> become_root(init::Init& init) {
    init.doing(launch::Detail::user);
    TRY(sys::setresgid(0));
    TRY(sys::setresuid(0));
    init::forbid_tracing();
    return {};
}

/// Whether a joined pid namespace is entered later.
bool can_wait(init::Init const& init, Join const& join) {
    // Create hooks are told the pid that the container's process will have for good.
    return (join.type & CLONE_NEWPID) && !init.plan().namespaces.second
           && !init.plan().hooks.stop_for_parent;
}

} // namespace

Sys<> join(init::Init& init) {
    // To whom the fd is a process, and all its namespaces come at once; it makes no procfs.
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
    // Then, and before 6.17, the second process must make the mounts, in sight of all who live
    // there.
    if (init.plan().namespaces.join_pid && !init.pid_namespace) return continue_in_child(init);
    return {};
}

Sys<> enter_pid_namespace(init::Init& init) {
    if (!init.pid_namespace) return {}; // long since
    init.pid_namespace.reset();
    return continue_in_child(init);
}

namespace {

/// A pid namespace is only for children: a second process of this image takes over, as a child of
/// our parent, and we leave. (The parent itself must not join: its own image would then appear in
/// the /proc of whoever lives in that namespace.)
Sys<> continue_in_child(init::Init& init, std::uint64_t new_namespaces) {
    Fd until_told[2];
    TRY(sys::socketpair(AF_UNIX, SOCK_STREAM, until_told));
    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PARENT | CLONE_PIDFD | new_namespaces;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    // Not clone3 where a seccomp filter may be ours already: it can't see its flags, and refuses
    // it.
    auto const child =
        TRY(new_namespaces ? sys::clone3(args) : sys::clone(CLONE_PARENT | CLONE_PIDFD, pidfd));
    if (child == 0) {
        // What we say must come after Forked. If our first process was killed before it could say
        // that, nobody knows us: nobody would ever end us.
        until_told[1].reset();
        char byte;
        auto const told = sys::read(until_told[0].number(), &byte, 1);
        if (!told || *told != 1) sys::exit_group(1);
        init::forbid_tracing(); // which fork doesn't take along
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
