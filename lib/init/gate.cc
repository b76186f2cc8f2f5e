// SPDX-License-Identifier: Apache-2.0
// init/gate.cc - the created container: waits for start. Runs in: init.
//
// unix(7), signalfd(2). The socket lies in the container's state directory (0700). init itself
// calls listen(), so that a starter's SO_PEERCRED names this process.
#include <sys/signalfd.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::init {

namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// Signals that don't end a process by default. As process 1 of a pid namespace init would survive
/// the others as well, and so a created container would survive `kill ID TERM`.
constexpr std::uint64_t harmless = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH)
                                   | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU) | bit(SIGSTOP)
                                   | bit(SIGKILL);

Sys<Fd> deadly_signals() {
    std::uint64_t const mask = ~harmless;
    return sys::raw::opened<Fd>(SYS_signalfd4, -1, &mask, sizeof mask, SFD_CLOEXEC);
}

[[noreturn]] void die_of(Fd const& signals) {
    signalfd_siginfo info{};
    (void)sys::read(signals.number(), &info, sizeof info);
    sys::exit_group(128 + static_cast<int>(info.ssi_signo));
}

/// Serves one connection to the gate; true if it said Go.
Sys<bool> serve(Init& init) {
    launch::Channel starter{TRY(sys::accept4(init.gate.number()))};
    launch::Received received;
    // A process that only looks (davit state) closes at once.
    if (!starter.receive(received) || !received.as<launch::Go>()) return false;
    init.parent = std::move(starter);
    return true;
}

Sys<> say_ready(Init& init) {
    // From now on the socket tells whether the parent lives; the parent's later end must not kill
    // init.
    TRY(sys::prctl(PR_SET_PDEATHSIG, 0));
    return init.parent.send(launch::Ready{init.keyring});
}

} // namespace

Sys<> take_gate(Init& init) {
    if (init.gate) return {};
    TRY(init.parent.expect<launch::TakeGate>(&init.gate));
    return {};
}

Sys<> wait_at_gate(Init& init) {
    TRY(take_gate(init));
    TRY(sys::listen(init.gate.number(), 64));
    TRY(say_ready(init));
    TRY(init.parent.expect<launch::Commit>());
    init.parent.close();
    auto const signals = TRY(deadly_signals());
    for (bool open = false; !open;) {
        pollfd watched[] = {{signals.number(), POLLIN, 0}, {init.gate.number(), POLLIN, 0}};
        auto const ready = sys::ppoll(watched, 2, nullptr);
        if (!ready && ready.error() != Errno{EINTR}) return std::unexpected(ready.error());
        if (watched[0].revents) die_of(signals);
        if (watched[1].revents) open = TRY(serve(init));
    }
    // One start only: if the first was killed, a later one finds no listening process.
    init.gate.reset();
    return {};
}

Sys<> wait_for_parent(Init& init) {
    TRY(say_ready(init));
    TRY(init.parent.expect<launch::Go>());
    return {};
}

} // namespace davit::init
