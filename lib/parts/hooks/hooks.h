// SPDX-License-Identifier: Apache-2.0
// parts/hooks/hooks.h - the hooks that init runs: those in the container's namespaces.
//
// Runs in: both. config.md#posix-platform-hooks.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::hooks {

struct Hook {
    plan::Text path;
    plan::List<std::uint64_t> argv; ///< Builder::pointers(): zero-terminated
    plan::List<std::uint64_t>
        envp;                  ///< the same; absent: the environment of the container's process
    std::uint64_t timeout = 0; ///< seconds; 0: none
};

/// The hooks of one moment, and their stdin.
struct Moment {
    plan::List<Hook> hooks;
    plan::Text state; ///< state_opening(): init adds its pid, as the container sees it
};

/// init's part.
struct InitPlan {
    std::uint64_t stop_for_parent = 0; ///< 1: there are create hooks, the parent's or init's
    Moment create_container;
    Moment start_container;
};

/// Waits while the parent runs its create hooks, then runs the container's.
Sys<> run_create_hooks(init::Init& init);
Sys<> run_start_hooks(init::Init& init);

} // namespace davit::hooks
