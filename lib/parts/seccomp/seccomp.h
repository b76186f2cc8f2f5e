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

/// The kernel takes a filter only from a process that has CAP_SYS_ADMIN or no_new_privs.
enum class When : std::uint32_t {
    never,
    early,        ///< while init has the capability: the filter holds for its later calls too
    before_hooks, ///< noNewPrivileges: before the startContainer hooks and execve(2)
    late,         ///< noNewPrivileges: only execve(2) follows
};

/// init's part.
struct InitPlan {
    plan::List<sock_filter> program; ///< create fills it in: plan::compile() doesn't
    When when = When::never;
    std::uint32_t flags = 0; ///< SECCOMP_FILTER_FLAG_*
    /// 1: the filter may keep init from sending the listener; a thread without the filter does it.
    std::uint32_t courier = 0;
    std::uint32_t unused = 0; ///< where there would be padding
};

Sys<> load_early(init::Init& init);
Sys<> load_late(init::Init& init);

} // namespace davit::seccomp
