// SPDX-License-Identifier: Apache-2.0
// plan/exec.h - the plan of a process that is added to a container. Runs in: parent, pure.
#pragma once

#include "parts/process/plan.h"
#include "plan/plan.h"

namespace davit::plan {

/// What exec's plan depends on besides config.json.
struct ExecFacts {
    lsm::Facts lsm;
    std::uint64_t namespaces = 0; ///< CLONE_NEW* of the container that the caller doesn't live in
    bool by_chroot = false;       ///< the container's root isn't the "/" of these namespaces
    std::int32_t keyring = 0;     ///< the serial number of the container's; 0: it has none
    /// The capabilities that davit can pass on. Into a user namespace: all.
    std::uint64_t capabilities = ~std::uint64_t{0};
    bool keeps_groups = false; ///< users::keeps_groups(); only looked up if it may matter
};

struct ExecPlan {
    Plan plan;                     ///< only the parts of one process
    process::CpuAffinity affinity; ///< the parent starts the process with it
    /// The parent sets the policy: it may not outlive init's forks. [sched(7)]
    bool has_scheduler = false;
};

/// `config` has exec's process in place of the first. Fails with compile()'s kinds.
Result<ExecPlan> compile_exec(spec::Config config, std::string_view id, unsigned preserve_fds,
                              ExecFacts const& facts);

/// The plan for people; the golden tests compare this text.
std::string print(ExecPlan const& exec);

} // namespace davit::plan
