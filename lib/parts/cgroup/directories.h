// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/directories.h - making one group's directory, ready for processes and limits.
//
// Runs in: parent. Kernel interface: cgroup-v2.rst (subtree_control), v1 cpusets.rst.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "parts/cgroup/cgroup.h"

namespace davit::cgroup {

/// Makes the directory and its parents; `place.made` tells whether it is new. On v2 it enables all
/// controllers of the host; only `needed` ones must succeed. On a v1 cpuset hierarchy it copies the
/// CPUs and memory nodes of the group above. Other runtimes may make and remove the same parents
/// meanwhile.
Result<CgroupFd> make_directory(Place& place, std::vector<std::string> const& needed,
                                Filesystem filesystem);

/// For an existing v2 group: enables the `needed` controllers that it lacks, down the path.
Result<> enable_controllers(Place const& place, CgroupFd const& group,
                            std::vector<std::string> const& needed);

} // namespace davit::cgroup
