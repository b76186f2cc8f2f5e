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

/// The story of init's failure, if it has ended: what then failed outside is only a consequence.
Error or_inits(Error error, Started const& init, plan::Plan const& plan);

/// What init needs to begin, each a message: the plan, the namespaces that it joins.
Result<> send_plan(Started const& init, plan::Plan const& plan, std::vector<NsFd> const& joined,
                   bool trace);

/// The same for a process that joins a container: the namespaces are those of `container`. `root`
/// is empty, or the directory that becomes its root.
Result<> send_exec_plan(Started const& init, plan::Plan const& plan, PidFd const& container,
                        PathFd const& root, bool trace);

/// Waits for the second process of namespaces::InitPlan::second, which is init from then on.
Result<> hear_second(Started& init, plan::Plan const& plan, Wait& wait);

/// What init can't make itself: the mounts of the parent, and its gate.
Result<> send_mounts_and_gate(Started const& init, plan::Plan const& plan, Fd const& gate);

/// Hands a seccomp listener of process `pid` to the agent that is to answer.
using TellAgent = std::function<Result<>(Fd listener, int pid)>;

/// What init has made and says by Ready.
struct Heard {
    Fd console;               ///< the terminal's master, if there is one
    std::int32_t keyring = 0; ///< serial number of its session keyring, if it has made one
};

/// Listens until init is Ready. An init that fails or dies is an Error that tells why; that the
/// container has ended is Kind::state. When init has come to the create hooks, `at_hooks` runs
/// ours; its failure is ours.
Result<Heard> hear_until_ready(Started& init, plan::Plan const& plan,
                               std::function<Result<>()> const& at_hooks,
                               TellAgent const& tell_agent, Trace* trace, Wait& wait);

/// What init says if the program couldn't be executed.
struct Refused {
    Failed failed;
    Flawed flawed; ///< none, unless it is known
};

/// Whom a starter lets go.
struct AtGate {
    Channel const& channel;
    PidFd const& process;
    int pid;
};

/// A starter's half: opens the gate and listens until the program was executed, or the process has
/// ended. Of what is Refused, tell_after_gate() and flaw_story() make words.
Result<std::optional<Refused>>
open_gate(AtGate const& init, std::function<Result<>(Fd listener)> const& tell_agent, Wait& wait);

} // namespace davit::launch
