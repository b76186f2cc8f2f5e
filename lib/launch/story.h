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

/// The same for the steps after the gate: the starter has no plan, but the record's hooks.
Error tell_after_gate(Failed const& failed, spec::Hooks const& hooks);

/// What is wrong with the program's file, to append to the story; "" if that isn't known.
std::string flaw_story(Flawed const& flawed);

/// Which rules of the plan's seccomp profile stop init, and the remedy: to append to the story; ""
/// if the profile allows all that init needs.
std::string seccomp_remedy(plan::View plan);

/// "mounts", for the trace.
char const* step_name(StepId step);

} // namespace davit::launch
