// SPDX-License-Identifier: Apache-2.0
// ops/launch_init.h - init is started, and gets what only its parent can give it. Runs in: parent.
#pragma once

#include <functional>
#include <vector>

#include "davit/runtime.h"
#include "launch/start.h"
#include "launch/wait.h"
#include "plan/plan.h"

namespace davit::ops {

/// The namespaces of `plan.joined`. Kind::config if one is something else.
Result<std::vector<NsFd>> open_joined(plan::Plan const& plan);

/// What the host's root gives to an init that waits, and its second process takes over: the oom
/// score, and the right to its limits.
Result<> set_score_and_limits(launch::Started const& init, plan::Plan const& plan);

/// What is done with an init that waits: its namespaces are there, it has not begun its work.
using WhileItWaits = std::function<Result<>(launch::Started const&)>;

/// Starts init in its namespaces and `groups`, or lets it enter these: with its id maps, clock
/// offsets, oom score and the right to its limits, briefed but not equipped. `store` is the
/// directory of all containers. `moves_itself`: it is not born in the v2 group, but goes there.
Result<launch::Started> launch_init(plan::Plan const& plan, std::vector<NsFd> const& joined,
                                    cgroup::Groups& groups, CreateOptions const& options, int store,
                                    WhileItWaits const& while_it_waits, bool moves_itself,
                                    launch::Wait& wait);

} // namespace davit::ops
