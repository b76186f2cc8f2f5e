// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/host.h - is a namespace the container's own? Runs in: parent.
#pragma once

#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"
#include "plan/plan.h"

namespace davit::sysctl {

/// Kind::config if a sysctl would be set in a joined namespace that is the caller's own: the
/// host's. `fds` are in the order of `joined`; namespaces without sysctls aren't looked at.
Result<> check_joined(spec::TextMap const& sysctl, std::vector<plan::JoinedNamespace> const& joined,
                      std::vector<NsFd> const& fds);

} // namespace davit::sysctl
