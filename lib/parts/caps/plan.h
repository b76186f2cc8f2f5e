// SPDX-License-Identifier: Apache-2.0
// parts/caps/plan.h - capability names, and the sets of config.json. Runs in: parent, pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "davit/spec.h"
#include "parts/caps/caps.h"

namespace davit::caps {

/// The number of "CAP_CHOWN"; nothing for a name that libcap doesn't have.
std::optional<unsigned> number(std::string const& name);

/// "CAP_CHOWN" for 0; empty for a number without a name.
std::string name(unsigned number);

/// The sets; all are empty if config.json has none. Leaves out a name that is unknown or not in
/// `grantable`, and says so in `warnings`. An ambient capability counts only if it is inheritable
/// and permitted as well: the kernel would refuse it. [config.md#linux-process]
InitPlan plan(spec::Config const& config, std::uint64_t grantable,
              std::vector<std::string>& warnings);

} // namespace davit::caps
