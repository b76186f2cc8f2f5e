// SPDX-License-Identifier: Apache-2.0
// launch/conversation.cc - the parent's half of protocol.h. Runs in: parent.
//
// The parent sends and never answers questions. No wait here outlives its peer (launch/wait.h). A
// process that may trace init in a pid namespace can also speak in its place: the parent believes
// nothing that could harm it.
#include "launch/conversation.h"

#include <linux/memfd.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/device_number.h"
#include "davit/contract.h"
#include "launch/story.h"
#include "parts/mounts/host.h"
#include "safe/process_stat.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/usage.h"

namespace davit::launch {

namespace {

/// The reason for which the channel was closed.
std::unexpected<Error> why_it_died(Started const& init, plan::Plan const& plan) {
    auto const info = sys::end_of(init.process, WNOWAIT);
    bool const killed = info && info->si_code != CLD_EXITED && info->si_status == SIGKILL;
    // Not one page fault: it never executed an instruction. Linux 6.18 kills a child that clone3
    // puts into a cgroup, if that or the parent's was ever killed (cgroup.kill).
    if (killed && sys::page_faults(init.process).value_or(1) == 0)
        return std::unexpected(
            Error{Kind::system, ESRCH,
                  "davit's init was killed at its birth (was cgroup.kill written to its cgroup?)"});
    if (!info || info->si_code == CLD_EXITED)
        return fail(Kind::system, "davit's init ended without a word");
    bool const limited = std::ranges::any_of(plan.cgroup.writes, [](auto const& write) {
        return write.member.starts_with("/linux/resources/memory");
    });
    if (info->si_status == SIGKILL && limited)
        return std::unexpected(
            Error{Kind::system, EPIPE, "container init was OOM-killed (memory limit too low?)"});
    // SIGILL: the filter refuses exit_group, too (sys/process.h).
    bool const filtered = info->si_status == SIGSYS || info->si_status == SIGILL;
    if (filtered && plan.header().seccomp.when == seccomp::When::early)
        return fail(Kind::config,
                    "config.json: /linux/seccomp: davit's init was killed by the profile, which "
                    "must allow what init does before the program (or set noNewPrivileges)",
                    seccomp_remedy(plan.view()));
    return std::unexpected(
        Error{Kind::system, EPIPE, text("davit's init was killed by signal ", info->si_status)});
}

void add_spans(Trace& trace, Timings const& timings, int pid) {
    for (std::size_t i = 0; i < std::size(timings.steps); ++i)
        if (auto const& span = timings.steps[i]; span.end_ns)
            trace.add({text("init: ", step_name(static_cast<StepId>(i))), pid, span.begin_ns,
                       span.end_ns});
}

Result<Fd> file_of(std::vector<std::byte> const& block) {
    auto fd = TRY(context(sys::memfd_create("davit-plan", MFD_CLOEXEC), "make the plan's file"));
    TRY(context(sys::write_once(fd.number(), block.data(), block.size()), "write the plan"));
    return fd;
}

/// Sends each as soon as it is made: there may be more of them than fds.
Result<Sys<>> send_trees(Started const& init, plan::Plan const& plan) {
    mounts::Trees trees(plan, init.pid);
    auto const send = [&](mounts::Source const& source) {
        return init.channel.send(TakeTree{source.is_place}, source.fd.number());
    };
    if (plan.header().rootfs.from_parent)
        if (auto const sent = send(TRY(trees.root())); !sent) return sent;
    auto const mounts = plan.view().list(plan.header().mounts.mounts);
    for (std::size_t i = 0; i < mounts.size(); ++i)
        if (mounts[i].from_parent)
            if (auto const sent = send(TRY(trees.make(i))); !sent) return sent;
    return Sys<>{};
}

/// Receives the next message. If init has failed or ended, returns its story.
Result<> hear(Started const& init, plan::Plan const& plan, Received& received, Wait& wait) {
    auto got = wait.for_word(init.channel, init.process, init.pid);
    if (!got && got.error() == Errno{ESRCH}) return fail(Kind::state, contract::exec_in_stopped);
    if (got) got = init.channel.receive(received);
    if (!got && got.error() == Errno{EPIPE}) return why_it_died(init, plan);
    if (!got && Wait::is_ours(got.error())) return std::unexpected(wait.story(got.error()));
    if (!got && got.error() == Errno{EBUSY})
        return fail(Kind::state,
                    "container's cgroup unexpectedly frozen: davit's init can't go on");
    if (!got) return fail_errno(got.error(), "listen to davit's init");
    if (auto const* const failed = received.as<Failed>())
        return std::unexpected(tell(*failed, plan.view()));
    return {};
}

std::unexpected<Error> out_of_order(Received const& received) {
    return fail(Kind::internal, "davit's init sent message ", received.tag, " out of order");
}

/// Goes on with the second process, if it is what a second process must be. Between the clone and
/// Forked, a process that traces init in a shared pid namespace can say Forked itself, with any
/// number and any fd.
Result<> take_second(Started& init, Received& received) {
    auto const* const forked = received.as<Forked>();
    auto second = std::move(received.fd).as<PidFd>();
    // It is a child of the parent, not of init [namespaces/init.cc, continue_in_child]. ECHILD: the
    // process is no child, or was one and some other wait of the caller's process has reaped it.
    auto const waited = sys::waitid(P_PIDFD, second.number(), WEXITED | WNOHANG | WNOWAIT | __WALL);
    if (!waited || TRY(safe::pid_of(second)) != forked->pid) return out_of_order(received);
    init.replace(forked->pid, std::move(second));
    return {};
}

/// The most messages that one init sends: more come from a process that wants to keep the parent
/// listening.
constexpr int most_words = 16;
std::unexpected<Error> too_many_words() {
    return fail(Kind::internal, "davit's init sent more than ", most_words, " messages");
}

/// Whether the fd is the master of a pseudo terminal (5:2): a read of it doesn't wait. A read of
/// any other file may never return.
bool is_terminal(Fd const& fd) {
    auto const st = sys::fstat(fd.number());
    return st && S_ISCHR(st->st_mode) && st->st_rdev == device_number(5, 2);
}

/// Receives what init may send after Failed of `execute`. A seccomp filter may kill init before.
Flawed hear_flaw(AtGate const& init, StepId failed, Wait& wait) {
    Received received;
    if (failed != StepId::execute || !wait.for_word(init.channel, init.process, init.pid))
        return {};
    auto const got = init.channel.receive(received);
    auto const* const flawed = got ? received.as<Flawed>() : nullptr;
    return flawed ? *flawed : Flawed();
}

/// init's end is no error yet: the next receive reports the reason.
Result<> ignore_closed_channel(Sys<> sent, char const* what) {
    if (!sent && sent.error() == Errno{EPIPE}) return {};
    return context(std::move(sent), what);
}

} // namespace

Result<> or_inits(Result<> done, Started const& init, plan::Plan const& plan) {
    if (done) return done;
    pollfd ended{init.process.number(), POLLIN, 0};
    timespec const at_once{};
    if (!sys::ppoll(&ended, 1, &at_once).value_or(0)) return done;
    Received received;
    Wait none{{}};
    TRY(hear(init, plan, received, none));
    return done;
}

Result<> hear_second(Started& init, plan::Plan const& plan, Wait& wait) {
    Received received;
    TRY(hear(init, plan, received, wait));
    if (!received.as<Forked>() || !received.fd) return out_of_order(received);
    return take_second(init, received);
}

Result<> send_plan(Started const& init, plan::Plan const& plan, std::vector<NsFd> const& joined,
                   bool trace) {
    auto const& to = init.channel;
    auto const block = TRY(file_of(plan.inside));
    auto sent =
        to.send(TakePlan{static_cast<std::uint32_t>(plan.inside.size()), trace}, block.number());
    for (std::size_t i = 0; sent && i < joined.size(); ++i)
        sent = to.send(TakeNamespace{}, joined[i].number());
    return ignore_closed_channel(std::move(sent), "send the plan to davit's init");
}

Result<> send_exec_plan(Started const& init, plan::Plan const& plan, PidFd const& container,
                        PathFd const& root, bool trace) {
    auto const& to = init.channel;
    auto const block = TRY(file_of(plan.inside));
    auto sent =
        to.send(TakePlan{static_cast<std::uint32_t>(plan.inside.size()), trace}, block.number());
    if (sent && plan.header().namespaces.join.count)
        sent = to.send(TakeNamespace{}, container.number());
    if (sent && root) sent = to.send(TakeTree{.is_place = 1}, root.number());
    return ignore_closed_channel(std::move(sent), "send the plan to davit's init");
}

Result<> send_mounts_and_gate(Started const& init, plan::Plan const& plan, Fd const& gate) {
    auto sent = TRY(send_trees(init, plan));
    if (sent) sent = init.channel.send(TakeGate{}, gate.number());
    return ignore_closed_channel(std::move(sent), "send mounts and gate to davit's init");
}

Result<Heard> hear_until_ready(Started& init, plan::Plan const& plan,
                               std::function<Result<>()> const& at_hooks,
                               TellAgent const& tell_agent, Trace* trace, Wait& wait) {
    Heard heard;
    Fd listener;
    // The agent learns one pid: the container's.
    auto const& namespaces = plan.header().namespaces;
    bool will_fork = namespaces.join_pid && !namespaces.second;
    bool wants_console = plan.header().terminal.wanted != 0;
    bool will_hook = static_cast<bool>(at_hooks);
    auto const& filter = plan.header().seccomp;
    bool will_be_asked = filter.when == seccomp::When::early
                         && (filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
    for (int words = 0; words < most_words; ++words) {
        Received received;
        TRY(hear(init, plan, received, wait));
        if (auto const* const ready = received.as<Ready>()) {
            heard.keyring = ready->keyring;
            return heard;
        }
        if (received.as<TakeConsole>() && wants_console && is_terminal(received.fd)) {
            heard.console = std::move(received.fd);
            wants_console = false;
        } else if (received.as<AtHooks>() && will_hook) {
            will_hook = false;
            TRY(at_hooks());
            wait.renew();
            (void)init.channel.send(HooksDone{}); // the next receive says why it can't be sent
        } else if (received.as<Forked>() && received.fd && will_fork) {
            TRY(take_second(init, received));
            will_fork = false; // once: a tracer could send more
        } else if (received.as<TakeListener>() && received.fd && will_be_asked) {
            will_be_asked = false;
            listener = std::move(received.fd);
        } else if (auto const* const timings = received.as<Timings>()) {
            if (trace) add_spans(*trace, *timings, init.pid);
        } else {
            return out_of_order(received);
        }
        if (listener && !will_fork) TRY(tell_agent(std::exchange(listener, Fd()), init.pid));
    }
    return too_many_words();
}

Result<std::optional<Refused>>
open_gate(AtGate const& init, std::function<Result<>(Fd listener)> const& tell_agent, Wait& wait) {
    auto const killed = [] {
        return std::unexpected(Error{Kind::system, EPIPE,
                                     "davit's init was killed before it could start the program "
                                     "(memory limit too low?)"});
    };
    if (auto const sent = init.channel.send(Go{}); !sent) {
        if (sent.error() == Errno{EPIPE}) return killed();
        return fail_errno(sent.error(), "open the container's gate");
    }
    bool executing = false, asked = false;
    for (int words = 0; words < most_words; ++words) {
        Received received;
        auto got = wait.for_word(init.channel, init.process, init.pid);
        if (got) got = init.channel.receive(received);
        if (!got) {
            // execve closes the socket: the end of the messages means success.
            if (got.error() == Errno{EPIPE} && executing) return std::nullopt;
            if (got.error() == Errno{EPIPE}) return killed();
            if (got.error() == Errno{ESRCH}) return fail(Kind::state, contract::exec_in_stopped);
            if (Wait::is_ours(got.error())) return std::unexpected(wait.story(got.error()));
            return fail_errno(got.error(), "listen to davit's init");
        }
        if (auto const* const failed = received.as<Failed>())
            return Refused{*failed, hear_flaw(init, failed->step, wait)};
        if (received.as<TakeListener>() && received.fd && !std::exchange(asked, true))
            TRY(tell_agent(std::move(received.fd)));
        else if (!received.as<Executing>() || std::exchange(executing, true))
            return out_of_order(received);
    }
    return too_many_words();
}

} // namespace davit::launch
