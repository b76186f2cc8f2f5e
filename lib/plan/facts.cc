// SPDX-License-Identifier: Apache-2.0
// plan/facts.cc - what a plan needs to know of this host. Runs in: parent.
#include "plan/plan.h"

namespace davit::plan {

Result<HostFacts> read_facts() { return HostFacts{TRY(cgroup::read_layout())}; }

} // namespace davit::plan
