// SPDX-License-Identifier: Apache-2.0
// plan/facts.cc - the facts of this host that a plan needs. Runs in: parent.
#include <algorithm>

#include "parts/caps/host.h"
#include "parts/lsm/host.h"
#include "plan/plan.h"
#include "sys/process.h"

namespace davit::plan {

Result<HostFacts> read_facts(spec::Config const& config, CgroupDriver driver) {
    HostFacts facts;
    facts.cgroups = TRY(cgroup::read_layout());
    if (driver == CgroupDriver::systemd) facts.systemd = TRY(systemd::read_facts());
    facts.lsm = lsm::read_facts(config);
    bool const own_users = std::ranges::any_of(
        config.linux.namespaces, [](auto const& n) { return n.type == spec::NamespaceType::user; });
    if (!own_users && !(config.process && config.process->capabilities)) return facts;
    auto const ours = TRY(context(caps::own(), "look up the capabilities of davit"));
    if (own_users)
        facts.privileged = (ours.effective >> CAP_SYS_ADMIN & 1) != 0;
    else
        facts.capabilities = ours.permitted;
    return facts;
}

} // namespace davit::plan
