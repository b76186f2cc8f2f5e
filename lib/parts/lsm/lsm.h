// SPDX-License-Identifier: Apache-2.0
// parts/lsm/lsm.h - the labels of AppArmor and SELinux, which the kernel applies at execve(2).
//
// Runs in: both. config.md#linux-process.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::lsm {

/// What the plan depends on. The parent looks it up only if config.json has a label.
struct Facts {
    bool apparmor = false;
    bool selinux = false;
};

/// init's part; absent: the process keeps the caller's.
struct InitPlan {
    plan::Text apparmor_exec;  ///< "exec PROFILE"
    plan::Text apparmor_stack; ///< "stack PROFILE"
    plan::Text selinux;        ///< of the process
    plan::Text selinux_key;    ///< of its session keyring: the same label
};

Sys<> set_labels(init::Init& init);

} // namespace davit::lsm
