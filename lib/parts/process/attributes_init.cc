// SPDX-License-Identifier: Apache-2.0
// parts/process/attributes_init.cc - the attributes that execve(2) passes to the user's process.
//
// Runs in: init. Kernel interface: sched_setattr(2), ioprio_set(2), set_mempolicy(2),
// personality(2).
#include <linux/sched.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::process {

namespace {

using launch::Detail;

Sys<> set_scheduler(init::Init& init) {
    auto const& attr = init.plan().attributes.scheduler;
    // A fork follows. It would change the policy, or the kernel would refuse it: no container is
    // better than one with a wrong schedule.
    constexpr std::uint32_t deadline = 6; // SCHED_DEADLINE
    if (init.pid_namespace
        && (attr.policy == deadline || (attr.flags & SCHED_FLAG_RESET_ON_FORK))) {
        init.doing(Detail::forks);
        return std::unexpected(Errno{EINVAL});
    }
    return sys::sched_setattr(0, &attr);
}

} // namespace

Sys<> set_attributes(init::Init& init) {
    auto const& attributes = init.plan().attributes;
    if (attributes.wanted & memory_policy) {
        init.doing(Detail::memory_policy);
        auto const nodes = init.view().list(attributes.nodes);
        // One more than the number of bits: the kernel takes it as the number after the last.
        TRY(sys::set_mempolicy(attributes.memory_mode, nodes.empty() ? nullptr : nodes.data(),
                               nodes.empty() ? 0 : nodes.size() * 64 + 1));
    }
    if (attributes.wanted & personality) {
        init.doing(Detail::personality);
        TRY(sys::personality(attributes.personality));
    }
    if (attributes.wanted & io_priority) {
        init.doing(Detail::io_priority);
        // "the entire process group" is only init: it leads a session of its own.
        TRY(sys::ioprio_set_group(0, attributes.io_priority));
    }
    if (attributes.wanted & scheduler) {
        init.doing(Detail::scheduler);
        TRY(set_scheduler(init));
    }
    return {};
}

} // namespace davit::process
