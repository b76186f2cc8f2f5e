// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/init.cc - loading the filter. Runs in: init.
//
// seccomp(2). docs/decisions/seccomp.md lists init's calls after it: a profile must allow these.
#include "init/init.h"

#include <atomic>

#include "base/try.h"
#include "sys/process.h"
#include "sys/seccomp.h"

namespace davit::seccomp {

namespace {

using launch::Detail;

/// Leaves the processor's core to the other thread that may share it.
void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/// What the thread sends to the parent, once the listener exists.
struct ListenerTransfer {
    static constexpr int awaited = -1, none = -2;
    launch::Channel const* parent = nullptr;
    std::atomic<int> listener = awaited;
    std::atomic<bool> done = false;
    Errno refused{0}; ///< written before `done`
};

/// A filter holds for the thread that loads it. This one has none, and shares init's fds.
[[noreturn]] void carry(void* argument) {
    auto& transfer = *static_cast<ListenerTransfer*>(argument);
    constexpr timespec moment{0, 20'000};
    int listener = ListenerTransfer::awaited;
    while ((listener = transfer.listener.load()) == ListenerTransfer::awaited)
        (void)sys::ppoll(nullptr, 0, &moment);
    if (listener >= 0) {
        Fd const owned(listener); // closed here: the filter may refuse that, too
        auto const sent = transfer.parent->send(launch::TakeListener{}, listener);
        if (!sent) transfer.refused = sent.error();
    }
    transfer.done.store(true);
    sys::exit_thread(); // the stack is used until the end
}

/// After the filter this function makes no system call: the filter may refuse any. It waits for a
/// thread that makes two calls, so for a few time slices at most.
Sys<> load_and_send_listener(init::Init& init) {
    constexpr std::size_t size = 16 << 10;
    alignas(16) static std::byte stack[size];
    auto const& filter = init.plan().seccomp;
    ListenerTransfer transfer;
    transfer.parent = &init.parent;
    init.doing(Detail::attach);
    TRY(sys::start_thread(stack + size, carry, &transfer));
    init.doing(Detail::none);
    auto const loaded = sys::seccomp_set_filter(filter.flags, init.view().list(filter.program));
    transfer.listener.store(loaded ? static_cast<int>(*loaded) : ListenerTransfer::none);
    while (!transfer.done.load()) relax();
    if (!loaded) return std::unexpected(loaded.error());
    init.doing(Detail::attach);
    if (transfer.refused != Errno{0}) return std::unexpected(transfer.refused);
    return {};
}

Sys<> load(init::Init& init) {
    auto const& filter = init.plan().seccomp;
    if (filter.courier) return load_and_send_listener(init);
    auto const loaded =
        TRY(sys::seccomp_set_filter(filter.flags, init.view().list(filter.program)));
    if (!(filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)) return {};
    Fd const listener(static_cast<int>(loaded));
    init.doing(Detail::attach);
    return init.parent.send(launch::TakeListener{}, listener.number());
}

} // namespace

Sys<> load_early(init::Init& init) {
    // caps::set_all() has kept it permitted.
    init.doing(Detail::raise);
    TRY(caps::raise_admin(init));
    init.doing(Detail::none);
    TRY(load(init));
    init.doing(Detail::drop);
    return caps::drop_admin(init);
}

Sys<> load_late(init::Init& init) { return load(init); }

} // namespace davit::seccomp
