// SPDX-License-Identifier: Apache-2.0
// ops/start.cc - lets init execute the user's program. Runs in: parent. runtime.md#start.
#include "davit/contract.h"
#include "launch/conversation.h"
#include "launch/story.h"
#include "ops/phase.h"
#include "ops/runtime.h"
#include "parts/hooks/host.h"
#include "parts/seccomp/denied.h"
#include "parts/seccomp/host.h"
#include "spec/fields.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit {

namespace {

Result<> must_be_created(ops::Now const& now) {
    switch (now.status) {
    case spec::Status::created: break;
    case spec::Status::stopped: return fail(Kind::state, contract::start_of_stopped);
    case spec::Status::running: return fail(Kind::state, contract::start_of_running);
    case spec::Status::creating:
    case spec::Status::paused:
        return fail(Kind::state, "cannot start a container in the ", ops::word(now.status),
                    " state");
    }
    if (!now.record.has_process)
        return fail(Kind::config, "config.json: /process: required to start the container");
    return {};
}

/// The listening process must be the recorded one: the kernel kept its credentials at listen(2).
Result<> check_peer(Fd const& gate, int pid) {
    ucred peer{};
    socklen_t size = sizeof peer;
    TRY(context(sys::getsockopt(gate.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size),
                "look at the container's gate"));
    if (peer.pid == 0) // no connection: its queue is full
        return fail(Kind::state, "cannot start a container whose process is stopped or frozen");
    if (peer.pid != pid)
        return fail(Kind::state, "the container's gate belongs to process ", peer.pid,
                    ", expected ", pid);
    return {};
}

struct LetGo {
    state::Record record;
    std::optional<launch::Refused> refused; ///< why the program wasn't executed, as init says
};

Result<LetGo> let_go(state::Entry const& entry, Patience const& patience) {
    auto now = TRY(ops::look(entry));
    TRY(must_be_created(now));
    TRY(check_peer(now.gate, now.record.init.pid));
    // It was opened nonblocking; from here on its reader waits for init.
    TRY(context(sys::fcntl(now.gate.number(), F_SETFL, 0), "open the container's gate"));
    auto const tell_agent = [&](Fd const& listener) -> Result<> {
        auto told =
            ops::tell_agent(now.record, spec::Status::created, now.record.init.pid, listener);
        // No agent will answer the program that begins now.
        if (!told) (void)sys::pidfd_send_signal(now.process, SIGKILL);
        return told;
    };
    bool const hooked = !now.record.hooks.start_container.empty();
    launch::Wait wait(patience,
                      {.frozen = &now.record.groups, .may_be_frozen = true, .may_be_slow = hooked});
    launch::Channel const gate(std::move(now.gate));
    auto refused = launch::open_gate({gate, now.process, now.record.init.pid}, tell_agent, wait);
    if (refused && !*refused) {
        entry.remove_gate();
        return LetGo{std::move(now.record), {}};
    }
    // If it went on later, it would run a program although start reported a failure.
    bool const held_up = !refused && launch::Wait::is_ours({refused.error().errnum});
    if (held_up) {
        (void)sys::pidfd_send_signal(now.process, SIGKILL);
        (void)cgroup::thaw_killed(now.record.groups);
    }
    // From now on every look at it must find "stopped".
    if (refused || held_up) (void)ops::wait_until_exit(now.process, std::chrono::seconds(10));
    // An earlier start was killed after its Go: init no longer listens.
    if (!refused && refused.error().errnum == EPIPE
        && !ops::wait_until_exit(now.process, std::chrono::seconds(1)))
        return fail(Kind::state, contract::start_of_running);
    return LetGo{std::move(now.record), TRY(std::move(refused))};
}

/// Called only if the program wasn't executed.
std::string why_no_execve(state::Entry const& entry) {
    auto const kept = entry.kept_config();
    auto const config = kept ? json::read<spec::Config>(*kept, "config.json")
                             : Result<spec::Config>(std::unexpected(kept.error()));
    if (!config || !config->linux.seccomp) return "";
    auto const program = seccomp::program(*config->linux.seccomp, entry.root());
    return program ? seccomp::why_no_execve(*program) : "";
}

} // namespace

Result<> Container::start(Trace* trace, Patience const& patience,
                          std::function<void()> const& before_poststart) {
    ops::Phase whole(trace, "start");
    auto& entry = impl_->entry;
    auto const [record, refused] = TRY(entry.locked([&] { return let_go(entry, patience); }));
    auto const why = [&] {
        auto error = launch::tell_after_gate(refused->failed, record.hooks);
        error.story += launch::flaw_story(refused->flawed);
        if (refused->failed.step == launch::StepId::execute) error.story += why_no_execve(entry);
        return std::unexpected(std::move(error));
    };
    if (refused && refused->failed.step != launch::StepId::start_hooks) return why();

    if (!refused && !record.hooks.poststart.empty() && before_poststart) before_poststart();
    // Without the lock: a hook may use davit, and a hanging hook must block no other verb.
    ops::Phase hooking(trace, "poststart hooks");
    auto hooked = refused
                      ? Result<>(why())
                      : hooks::run(record.hooks, hooks::When::poststart,
                                   ops::describe(record, spec::Status::running, record.init.pid));
    if (hooked) return {};
    // runtime.md#lifecycle, 7 and 9: a failed hook stops the container, and the lifecycle continues
    // at 12: destroy it.
    auto const removed = remove(Removal::force);
    auto& story = hooked.error().story;
    if (!removed && removed.error().kind != Kind::not_found)
        story += text("; delete the container: ", removed.error().story);
    if (removed)
        for (auto const& warning : *removed) story += text("; ", warning);
    return hooked;
}

} // namespace davit
