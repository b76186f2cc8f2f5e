// SPDX-License-Identifier: Apache-2.0
// parts/process/attributes_init.cc - what execve(2) hands on of us to the user's process.
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
    // A fork is still to come, after which the policy would be another one, or which the kernel
    // refuses: better no container than one that isn't scheduled as it was asked for.
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
        // One more than there are bits: the kernel takes it for the number after the last.
        TRY(sys::set_mempolicy(attributes.memory_mode, nodes.empty() ? nullptr : nodes.data(),
                               nodes.empty() ? 0 : nodes.size() * 64 + 1));
    }
    if (attributes.wanted & personality) {
        init.doing(Detail::personality);
        TRY(sys::personality(attributes.personality));
    }
    if (attributes.wanted & io_priority) {
        init.doing(Detail::io_priority);
        // "the entire process group", which is we alone: init leads a session of its own.
        TRY(sys::ioprio_set_group(0, attributes.io_priority));
    }
    if (attributes.wanted & scheduler) {
        init.doing(Detail::scheduler);
        TRY(set_scheduler(init));
    }
    return {};
}

} // namespace davit::process
