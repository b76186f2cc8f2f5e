// SPDX-License-Identifier: Apache-2.0
// launch/conversation.h - the parent's half of protocol.h. Runs in: parent.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "davit/trace.h"
#include "launch/start.h"
#include "launch/wait.h"
#include "plan/plan.h"

namespace davit::launch {

/// `done`; but if that is a failure and init has ended, init's own: the other one is only a
/// consequence.
Result<> or_inits(Result<> done, Started const& init, plan::Plan const& plan);

/// Sends what init needs to begin, each in a message: the plan, the namespaces to join.
Result<> send_plan(Started const& init, plan::Plan const& plan, std::vector<NsFd> const& joined,
                   bool trace);

/// The same for a process of exec: it joins the namespaces of `container`. `root` is empty, or the
/// directory that becomes its root.
Result<> send_exec_plan(Started const& init, plan::Plan const& plan, PidFd const& container,
                        PathFd const& root, bool trace);

/// Waits for the second process of namespaces::InitPlan::second; it is init from then on.
Result<> hear_second(Started& init, plan::Plan const& plan, Wait& wait);

/// Sends what init can't make itself: the parent's mounts, and the gate.
Result<> send_mounts_and_gate(Started const& init, plan::Plan const& plan, Fd const& gate);

/// Hands a seccomp listener of process `pid` to the agent.
using TellAgent = std::function<Result<>(Fd listener, int pid)>;

/// What init has made and reported.
struct Heard {
    Fd console;               ///< the terminal's master, if there is one
    std::int32_t keyring = 0; ///< serial number of its session keyring, if it has made one
};

/// Listens until init is Ready. An init that fails or dies is an Error that says why; the end of
/// the container is Kind::state. When init comes to the create hooks, `at_hooks` runs the parent's
/// hooks; its failure is returned.
Result<Heard> hear_until_ready(Started& init, plan::Plan const& plan,
                               std::function<Result<>()> const& at_hooks,
                               TellAgent const& tell_agent, Trace* trace, Wait& wait);

/// What init reports if the program couldn't be executed.
struct Refused {
    Failed failed;
    Flawed flawed; ///< none, unless init found one
};

/// The process that a starter releases.
struct AtGate {
    Channel const& channel;
    PidFd const& process;
    int pid;
};

/// A starter's half: opens the gate and listens until init has executed the program, or the process
/// has ended. tell_after_gate() and flaw_story() turn Refused into words.
Result<std::optional<Refused>>
open_gate(AtGate const& init, std::function<Result<>(Fd listener)> const& tell_agent, Wait& wait);

} // namespace davit::launch
