// SPDX-License-Identifier: Apache-2.0
// launch/story.h - init's terse failures in people's words. Runs in: parent.
#pragma once

#include <string>

#include "davit/result.h"
#include "davit/spec.h"
#include "launch/protocol.h"
#include "plan/flat.h"

namespace davit::launch {

/// `plan` is the block that init executes: the numbers in `failed` refer to it.
Error tell(Failed const& failed, plan::View plan);

/// The same for the steps behind the gate, whose listener has no plan, but a record of the hooks.
Error tell_after_gate(Failed const& failed, spec::Hooks const& hooks);

/// What is wrong with the program's file, to be put behind the story; empty where nothing is known.
std::string flaw_story(Flawed const& flawed);

/// What of the plan's seccomp profile keeps init from its work, and what to do: to be put behind
/// the story; empty where the profile allows all that init needs.
std::string seccomp_remedy(plan::View plan);

/// "mounts", for the trace.
char const* step_name(StepId step);

} // namespace davit::launch
