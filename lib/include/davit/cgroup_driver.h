// SPDX-License-Identifier: Apache-2.0
// davit/cgroup_driver.h - who makes a container's cgroups.
#pragma once

namespace davit {

enum class CgroupDriver {
    fs,      ///< davit
    systemd, ///< systemd, as a unit of its own; davit writes the limits that have no unit property
    none,    ///< no process: the container stays in its creator's groups, without limits
};

} // namespace davit
