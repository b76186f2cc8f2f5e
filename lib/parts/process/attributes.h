// SPDX-License-Identifier: Apache-2.0
// parts/process/attributes.h - how the kernel treats the user's process: CPU, I/O, memory, uname.
//
// Runs in: both. config.md#linux-process, config-linux.md#memory-policy and #personality.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::process {

/// Which of the four config.json names: the rest stays as the caller has it. (runc does so too, and
/// `nice davit run` relies on it. CPUs are different: see launch/start.cc.)
enum Attribute : std::uint32_t {
    scheduler = 1,
    io_priority = 2,
    memory_policy = 4,
    personality = 8,
};

/// The kernel's struct sched_attr. <linux/sched/types.h> has it, but conflicts with <sched.h>.
struct SchedulerAttributes {
    std::uint32_t size = 0;
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
    std::uint32_t util_min = 0; // since Linux 5.3
    std::uint32_t util_max = 0;
};
static_assert(sizeof(SchedulerAttributes) == 56);

/// init's part: the arguments of the system calls.
struct Attributes {
    std::uint32_t wanted = 0;      ///< a set of Attribute
    std::uint32_t io_priority = 0; ///< class and level, as ioprio_set(2) has them
    SchedulerAttributes scheduler;
    plan::List<std::uint64_t> nodes; ///< a bit for each memory node; empty: none
    std::uint32_t memory_mode = 0;   ///< MPOL_* and MPOL_F_*
    std::uint32_t personality = 0;   ///< PER_*
};

Sys<> set_attributes(init::Init& init);

} // namespace davit::process
