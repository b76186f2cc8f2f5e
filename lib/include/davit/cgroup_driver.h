// SPDX-License-Identifier: Apache-2.0
// davit/cgroup_driver.h - who makes a container's cgroups.
#pragma once

namespace davit {

enum class CgroupDriver {
    fs,      ///< we do
    systemd, ///< systemd does, as a unit of its own; we write what it has no words for
    none,    ///< nobody: the container stays in its creator's groups, without limits
};

} // namespace davit
