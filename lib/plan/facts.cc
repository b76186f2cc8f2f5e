// SPDX-License-Identifier: Apache-2.0
// plan/facts.cc - what a plan needs to know of this host. Runs in: parent.
#include <algorithm>

#include "parts/lsm/host.h"
#include "plan/plan.h"
#include "sys/process.h"

namespace davit::plan {

namespace {

/// Whether we may do in our own user namespace what its root may.
Result<bool> is_privileged() {
    auto const sets = TRY(context(sys::capget(), "look up the capabilities of davit"));
    return (sets.effective >> CAP_SYS_ADMIN & 1) != 0;
}

} // namespace

Result<HostFacts> read_facts(spec::Config const& config) {
    HostFacts facts{TRY(cgroup::read_layout()), lsm::read_facts(config)};
    if (std::ranges::any_of(config.linux.namespaces,
                            [](auto const& n) { return n.type == spec::NamespaceType::user; }))
        facts.privileged = TRY(is_privileged());
    return facts;
}

} // namespace davit::plan
