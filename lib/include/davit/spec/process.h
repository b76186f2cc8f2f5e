// SPDX-License-Identifier: Apache-2.0
// davit/spec/process.h - the process that runs in the container, and its attributes.
//
// config.md#process. The conventions of these structs are in davit/spec.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/spec/text.h"

namespace davit::spec {

/// The console's size in characters; ignored unless `terminal`. [configProcess]
struct Box {
    std::uint64_t height = 0;
    std::uint64_t width = 0;
    bool operator==(Box const&) const = default;
};

/// Ids as seen inside the container. [configPOSIXUser]
struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::optional<std::uint32_t> umask; ///< absent: 022, as runc has it
    std::vector<std::uint32_t> additional_gids;
    bool operator==(User const&) const = default;
};

/// Capability names ("CAP_CHOWN") as written: unknown ones are a warning, no error.
/// [configLinuxProcess]
struct Capabilities {
    Texts bounding;
    Texts effective;
    Texts inheritable;
    Texts permitted;
    Texts ambient;
    bool operator==(Capabilities const&) const = default;
};

/// setrlimit(2); 2^64-1 is "unlimited". [configPOSIXProcess]
struct Rlimit {
    std::string type; ///< "RLIMIT_NOFILE", …: see getrlimit(2)
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;
    bool operator==(Rlimit const&) const = default;
};

/// The kernel's SCHED_ numbers.
enum class SchedulerPolicy : std::uint32_t {
    other = 0,
    fifo = 1,
    rr = 2,
    batch = 3,
    iso = 4, ///< reserved: no kernel implements it
    idle = 5,
    deadline = 6,
};

/// The kernel's SCHED_FLAG_ bits.
enum class SchedulerFlag : std::uint32_t {
    reset_on_fork = 0x01,
    reclaim = 0x02,
    dl_overrun = 0x04,
    keep_policy = 0x08,
    keep_params = 0x10,
    util_clamp_min = 0x20,
    util_clamp_max = 0x40,
};

/// sched_setattr(2). [configLinuxProcess]
struct Scheduler {
    SchedulerPolicy policy = SchedulerPolicy::other;
    std::int32_t nice = 0;     ///< -20 … 19; other and batch
    std::int32_t priority = 0; ///< 1 … 99; fifo and rr
    std::vector<SchedulerFlag> flags;
    std::uint64_t runtime = 0;  ///< nanoseconds; deadline
    std::uint64_t deadline = 0; ///< nanoseconds; deadline
    std::uint64_t period = 0;   ///< nanoseconds; deadline
    bool operator==(Scheduler const&) const = default;
};

/// The kernel's IOPRIO_CLASS_ numbers.
enum class IoPriorityClass : std::uint32_t { rt = 1, be = 2, idle = 3 };

/// ioprio_set(2) for the process group. [configLinuxProcess]
struct IoPriority {
    IoPriorityClass class_ = IoPriorityClass::be;
    std::int32_t priority = 0; ///< 0 (highest) … 7 (lowest)
    bool operator==(IoPriority const&) const = default;
};

/// CPU lists ("0-3,7") for exec'd processes, never for init. [configLinuxProcess]
struct CpuAffinity {
    std::string initial; ///< before the move into the container's cgroup
    std::string final_;  ///< after it; empty: the kernel decides
    bool operator==(CpuAffinity const&) const = default;
};

/// [configProcess]
struct Process {
    bool terminal = false;
    std::optional<Box> console_size;
    User user;
    Texts args; ///< at least one
    Texts env;  ///< "NAME=value"
    std::string cwd;
    std::optional<Capabilities> capabilities;
    std::vector<Rlimit> rlimits;
    bool no_new_privileges = false;
    std::string apparmor_profile;
    std::optional<std::int32_t> oom_score_adj; ///< -1000 … 1000; absent: left alone
    std::optional<Scheduler> scheduler;
    std::string selinux_label;
    std::optional<IoPriority> io_priority;
    std::optional<CpuAffinity> exec_cpu_affinity;
    bool operator==(Process const&) const = default;
};

} // namespace davit::spec
