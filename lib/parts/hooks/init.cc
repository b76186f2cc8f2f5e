// SPDX-License-Identifier: Apache-2.0
// parts/hooks/init.cc - the hooks of the container's namespaces. Runs in: init.
// config.md#posix-platform-hooks.
#include "parts/hooks/hooks.h"

#include "base/bytes.h"
#include "base/try.h"
#include "init/init.h"
#include "safe/program.h"

namespace davit::hooks {

namespace {

/// The state with init's pid, as the container sees it [runtime.md#state].
Sys<Fd> make_input(init::Init const& init, plan::Text state) {
    char digits[12];
    auto const pid = decimal(static_cast<unsigned>(sys::getpid()), digits);
    std::span<char const> const pieces[] = {{init.view().text(state), state.size}, pid, {"}", 1}};
    return safe::make_input(pieces);
}

/// Clears the environment, perhaps the engine's: other processes may read init's memory.
void forget(char const* const* environment) {
    for (; *environment; ++environment)
        for (auto* at = const_cast<char*>(*environment); *at != '\0'; ++at) *at = '\0';
}

/// A failure reports `part`, the ending's number as errno, and words.
Sys<> run_all(init::Init& init, Moment const& moment, char const* directory) {
    if (moment.hooks.count == 0) return {};
    // If SIGCHLD is ignored, as the caller may leave it, init can't see how a hook ends.
    (void)sys::reset_signal(SIGCHLD);
    auto const input = TRY(make_input(init, moment.state));
    for (auto const& hook : init.view().list(moment.hooks)) {
        auto const* const envp =
            hook.envp.count > 0 ? init.pointers(hook.envp) : process::environment(init);
        auto const ending = safe::run({.path = init.view().text(hook.path),
                                       .argv = init.pointers(hook.argv),
                                       .envp = envp,
                                       .input = input.number(),
                                       .directory = directory,
                                       .timeout = hook.timeout});
        if (hook.envp.count > 0) forget(envp);
        if (!ending.well()) {
            init.part = static_cast<std::uint16_t>(ending.how);
            static_assert(sizeof init.words == sizeof ending.words);
            std::memcpy(init.words, ending.words, sizeof init.words);
            return std::unexpected(Errno{ending.number});
        }
        ++init.item;
    }
    return {};
}

} // namespace

Sys<> run_create_hooks(init::Init& init) {
    auto const& moment = init.plan().hooks.create_container;
    TRY(init::take_gate(init));
    TRY(init.parent.send(launch::AtHooks{}));
    TRY(init.parent.expect<launch::HooksDone>());
    // main() has set a umask of 0, since init chooses each mode; a hook expects a common one.
    auto const ours = sys::umask(022);
    TRY(run_all(init, moment, init.view().text(init.plan().rootfs.path)));
    sys::umask(ours);
    return {};
}

Sys<> run_start_hooks(init::Init& init) {
    return run_all(init, init.plan().hooks.start_container, nullptr);
}

} // namespace davit::hooks
