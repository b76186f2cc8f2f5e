// SPDX-License-Identifier: Apache-2.0
// shim/containerd/surroundings.h - where the server lives: core scheduling, OOM score, cgroup.
//
// "start" sets it up, for the server that it makes.
#pragma once

#include <sys/types.h>

#include <string>

#include "davit/result.h"

namespace davit::shim::containerd {

/// Gives our process group a core scheduling cookie of its own, which children inherit. [prctl(2),
/// Linux 5.14]
[[nodiscard]] Result<> schedule_cores_apart();

/// One more than that of containerd, our parent: the kernel kills the shim before containerd, and
/// after containers.
[[nodiscard]] Result<> set_oom_score(pid_t server);

/// Moves it into `group`, which exists, of cgroup2 or of each hierarchy that has it.
[[nodiscard]] Result<> enter_cgroup(pid_t server, std::string const& group);

} // namespace davit::shim::containerd
