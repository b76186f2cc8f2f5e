// SPDX-License-Identifier: Apache-2.0
// shim/containerd/surroundings.h - where the server lives: core scheduling, OOM score, cgroup.
//
// Set up by "start", for the server that it makes.
#pragma once

#include <sys/types.h>

#include <string>

#include "davit/result.h"

namespace davit::shim::containerd {

/// A core scheduling cookie of its own for our process group, which children inherit. [prctl(2),
/// Linux 5.14]
[[nodiscard]] Result<> schedule_cores_apart();

/// One more than our parent's, containerd: so the shim is killed before it, and after containers.
[[nodiscard]] Result<> set_oom_score(pid_t server);

/// Into `group`, which is there, of cgroup2 or of each hierarchy that has it.
[[nodiscard]] Result<> enter_cgroup(pid_t server, std::string const& group);

} // namespace davit::shim::containerd
