// SPDX-License-Identifier: Apache-2.0
// plan/exec.h - the plan of a process that is added to a container. Runs in: parent, pure.
#pragma once

#include "parts/process/plan.h"
#include "plan/plan.h"

namespace davit::plan {

/// What such a plan depends on besides config.json.
struct ExecFacts {
    lsm::Facts lsm;
    std::uint64_t namespaces = 0; ///< CLONE_NEW* of the container that the caller doesn't live in
    bool by_chroot = false;       ///< the container's root isn't what those make "/"
    std::int32_t keyring = 0;     ///< the serial number of the container's; 0: it has none
    /// Those that we can pass on. Into a user namespace: all.
    std::uint64_t capabilities = ~std::uint64_t{0};
    bool keeps_groups = false; ///< users::keeps_groups(); only looked up where it may matter
};

struct ExecPlan {
    Plan plan;                     ///< of which only what concerns one process is there
    process::CpuAffinity affinity; ///< the parent's business, who starts it with that
    /// The parent sets it, since a policy may not outlive init's forks. [sched(7)]
    bool has_scheduler = false;
};

/// `config` has the process that is added in place of the first. Kinds are compile()'s.
Result<ExecPlan> compile_exec(spec::Config config, std::string_view id, unsigned preserve_fds,
                              ExecFacts const& facts);

/// The plan for people; the golden tests compare this text.
std::string print(ExecPlan const& exec);

} // namespace davit::plan
