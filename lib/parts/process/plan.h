// SPDX-License-Identifier: Apache-2.0
// parts/process/plan.h - config.json's process for init. Runs in: parent, pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/process/attributes.h"
#include "parts/process/process.h"
#include "plan/builder.h"

namespace davit::process {

/// The PATH for an environment that has none.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Without `process` the container runs nothing, as root in "/".
Result<InitPlan> plan(spec::Config const& config, unsigned preserve_fds, std::string_view keyring,
                      plan::Builder& builder);

/// Kind::unsupported for attributes that no kernel has.
Result<Attributes> plan_attributes(spec::Config const& config, plan::Builder& builder);

/// Masks for sched_setaffinity(2). Empty: before, the caller's CPUs; after, all of the cpuset.
struct CpuAffinity {
    std::vector<std::uint64_t> before; ///< the process has entered its cgroups
    std::vector<std::uint64_t> after;
};
/// [config.md#linux-process execCPUAffinity]
Result<CpuAffinity> plan_affinity(spec::Process const& process);

/// Appends a line for each wanted attribute.
void print(Attributes const& attributes, plan::View view, std::string& out);

} // namespace davit::process
