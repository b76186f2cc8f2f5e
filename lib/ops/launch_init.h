// SPDX-License-Identifier: Apache-2.0
// ops/launch_init.h - starts init and gives it what only the parent can. Runs in: parent.
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

/// Gives a waiting init what needs the host's root: the oom score, and the right to its limits. Its
/// second process inherits both.
Result<> set_score_and_limits(launch::Started const& init, plan::Plan const& plan);

/// Called while init waits: its namespaces exist, its work has not begun.
using WhileItWaits = std::function<Result<>(launch::Started const&)>;

/// Starts init in its namespaces and in `groups`, or lets it enter these. Sets id maps, clock
/// offsets, oom score and the right to its limits, and sends the plan, but not the mounts and the
/// gate. `store` is the directory of all containers. `moves_itself`: init is not born in the v2
/// group; it moves there.
Result<launch::Started> launch_init(plan::Plan const& plan, std::vector<NsFd> const& joined,
                                    cgroup::Groups& groups, CreateOptions const& options, int store,
                                    WhileItWaits const& while_it_waits, bool moves_itself,
                                    launch::Wait& wait);

} // namespace davit::ops
