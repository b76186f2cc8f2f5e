// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/seccomp.h - the system call filter.
//
// Runs in: both. config-linux.md#seccomp, seccomp(2).
#pragma once

#include <linux/filter.h>

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::seccomp {

/// The kernel takes a filter from whoever has CAP_SYS_ADMIN, or has given up new privileges.
enum class When : std::uint32_t {
    never,
    early,        ///< while we have the capability: what init does afterwards is filtered too
    before_hooks, ///< noNewPrivileges: the startContainer hooks and execve(2) come after it
    late,         ///< noNewPrivileges: nothing comes after it but execve(2)
};

/// init's part.
struct InitPlan {
    plan::List<sock_filter> program; ///< filled in by create: no part of plan::compile()
    When when = When::never;
    std::uint32_t flags = 0; ///< SECCOMP_FILTER_FLAG_*
    /// 1: the filter may not let init hand the listener over; an unfiltered thread does.
    std::uint32_t courier = 0;
    std::uint32_t unused = 0; ///< where there would be padding
};

Sys<> load_early(init::Init& init);
Sys<> load_late(init::Init& init);

} // namespace davit::seccomp
