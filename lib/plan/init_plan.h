// SPDX-License-Identifier: Apache-2.0
// plan/init_plan.h - the flat plan: all that init will do. Runs in: both.
#pragma once

#include "parts/caps/caps.h"
#include "parts/devices/devices.h"
#include "parts/hooks/hooks.h"
#include "parts/lsm/lsm.h"
#include "parts/mounts/mounts.h"
#include "parts/namespaces/namespaces.h"
#include "parts/process/attributes.h"
#include "parts/process/process.h"
#include "parts/rootfs/rootfs.h"
#include "parts/seccomp/seccomp.h"
#include "parts/sysctl/sysctl.h"
#include "parts/terminal/terminal.h"

namespace davit::plan {

/// The verb that init works for: each of its steps is for one of the two, or for both.
enum class Who : std::uint64_t {
    create = 1, ///< the container's first process, which makes the container
    exec = 2,   ///< one more process, which finds it made
    both = 3,
};

/// The header of the block that init maps; each part's fragment stands beside its code.
struct InitPlan {
    Who who = Who::create;
    namespaces::InitPlan namespaces;
    sysctl::InitPlan sysctl;
    rootfs::InitPlan rootfs;
    mounts::InitPlan mounts;
    devices::InitPlan devices;
    terminal::InitPlan terminal;
    process::InitPlan process;
    process::Attributes attributes;
    caps::InitPlan caps;
    seccomp::InitPlan seccomp;
    hooks::InitPlan hooks;
    lsm::InitPlan lsm;
};
static_assert(std::is_trivially_copyable_v<InitPlan>
              && std::has_unique_object_representations_v<InitPlan>); // no padding: see List

} // namespace davit::plan
