// SPDX-License-Identifier: Apache-2.0
// spec/names.h - the names of the specification's enumerations, one table each. Runs in: parent.
//
// The parser, the writer and error messages read these tables: json::names<spec::SeccompAction>,
// json::name_of(action).
#pragma once

#include <sys/resource.h>

#include "base/table.h"
#include "davit/spec.h"
#include "json/names.h"

namespace davit::spec {

/// "RLIMIT_NOFILE" and the number that prlimit(2) takes for it. [configPOSIXProcess]
struct RlimitName {
    std::string_view name;
    int number = 0;
};
inline constexpr auto rlimits = table<RlimitName>({
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
});

} // namespace davit::spec

namespace davit::json {

template <>
inline constexpr auto names<spec::NamespaceType> = table<Name>({
    {"cgroup", spec::NamespaceType::cgroup},
    {"ipc", spec::NamespaceType::ipc},
    {"mount", spec::NamespaceType::mount},
    {"network", spec::NamespaceType::network},
    {"pid", spec::NamespaceType::pid},
    {"time", spec::NamespaceType::time},
    {"user", spec::NamespaceType::user},
    {"uts", spec::NamespaceType::uts},
});

template <>
inline constexpr auto names<spec::SchedulerPolicy> = table<Name>({
    {"SCHED_BATCH", spec::SchedulerPolicy::batch},
    {"SCHED_DEADLINE", spec::SchedulerPolicy::deadline},
    {"SCHED_FIFO", spec::SchedulerPolicy::fifo},
    {"SCHED_IDLE", spec::SchedulerPolicy::idle},
    {"SCHED_ISO", spec::SchedulerPolicy::iso},
    {"SCHED_OTHER", spec::SchedulerPolicy::other},
    {"SCHED_RR", spec::SchedulerPolicy::rr},
});

template <>
inline constexpr auto names<spec::SchedulerFlag> = table<Name>({
    {"SCHED_FLAG_DL_OVERRUN", spec::SchedulerFlag::dl_overrun},
    {"SCHED_FLAG_KEEP_PARAMS", spec::SchedulerFlag::keep_params},
    {"SCHED_FLAG_KEEP_POLICY", spec::SchedulerFlag::keep_policy},
    {"SCHED_FLAG_RECLAIM", spec::SchedulerFlag::reclaim},
    {"SCHED_FLAG_RESET_ON_FORK", spec::SchedulerFlag::reset_on_fork},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", spec::SchedulerFlag::util_clamp_max},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", spec::SchedulerFlag::util_clamp_min},
});

template <>
inline constexpr auto names<spec::IoPriorityClass> = table<Name>({
    {"IOPRIO_CLASS_BE", spec::IoPriorityClass::be},
    {"IOPRIO_CLASS_IDLE", spec::IoPriorityClass::idle},
    {"IOPRIO_CLASS_RT", spec::IoPriorityClass::rt},
});

template <>
inline constexpr auto names<spec::DeviceType> = table<Name>({
    {"b", spec::DeviceType::block},
    {"c", spec::DeviceType::character},
    {"p", spec::DeviceType::fifo},
    {"u", spec::DeviceType::unbuffered},
});

template <>
inline constexpr auto names<spec::DeviceRuleType> = table<Name>({
    {"a", spec::DeviceRuleType::all},
    {"b", spec::DeviceRuleType::block},
    {"c", spec::DeviceRuleType::character},
});

template <>
inline constexpr auto names<spec::MemoryPolicyMode> = table<Name>({
    {"MPOL_BIND", spec::MemoryPolicyMode::bind},
    {"MPOL_DEFAULT", spec::MemoryPolicyMode::default_},
    {"MPOL_INTERLEAVE", spec::MemoryPolicyMode::interleave},
    {"MPOL_LOCAL", spec::MemoryPolicyMode::local},
    {"MPOL_PREFERRED", spec::MemoryPolicyMode::preferred},
    {"MPOL_PREFERRED_MANY", spec::MemoryPolicyMode::preferred_many},
    {"MPOL_WEIGHTED_INTERLEAVE", spec::MemoryPolicyMode::weighted_interleave},
});

template <>
inline constexpr auto names<spec::MemoryPolicyFlag> = table<Name>({
    {"MPOL_F_NUMA_BALANCING", spec::MemoryPolicyFlag::numa_balancing},
    {"MPOL_F_RELATIVE_NODES", spec::MemoryPolicyFlag::relative_nodes},
    {"MPOL_F_STATIC_NODES", spec::MemoryPolicyFlag::static_nodes},
});

template <>
inline constexpr auto names<spec::Propagation> = table<Name>({
    {"private", spec::Propagation::private_},
    {"rprivate", spec::Propagation::rprivate},
    {"rshared", spec::Propagation::rshared},
    {"rslave", spec::Propagation::rslave},
    {"runbindable", spec::Propagation::runbindable},
    {"shared", spec::Propagation::shared},
    {"slave", spec::Propagation::slave},
    {"unbindable", spec::Propagation::unbindable},
});

template <>
inline constexpr auto names<spec::PersonalityDomain> = table<Name>({
    {"LINUX", spec::PersonalityDomain::linux},
    {"LINUX32", spec::PersonalityDomain::linux32},
});

template <>
inline constexpr auto names<spec::SeccompAction> = table<Name>({
    {"SCMP_ACT_ALLOW", spec::SeccompAction::allow},
    {"SCMP_ACT_ERRNO", spec::SeccompAction::errno_},
    {"SCMP_ACT_KILL", spec::SeccompAction::kill},
    {"SCMP_ACT_KILL_PROCESS", spec::SeccompAction::kill_process},
    {"SCMP_ACT_KILL_THREAD", spec::SeccompAction::kill_thread},
    {"SCMP_ACT_LOG", spec::SeccompAction::log},
    {"SCMP_ACT_NOTIFY", spec::SeccompAction::notify},
    {"SCMP_ACT_TRACE", spec::SeccompAction::trace},
    {"SCMP_ACT_TRAP", spec::SeccompAction::trap},
});

template <>
inline constexpr auto names<spec::SeccompOperator> = table<Name>({
    {"SCMP_CMP_EQ", spec::SeccompOperator::eq},
    {"SCMP_CMP_GE", spec::SeccompOperator::ge},
    {"SCMP_CMP_GT", spec::SeccompOperator::gt},
    {"SCMP_CMP_LE", spec::SeccompOperator::le},
    {"SCMP_CMP_LT", spec::SeccompOperator::lt},
    {"SCMP_CMP_MASKED_EQ", spec::SeccompOperator::masked_eq},
    {"SCMP_CMP_NE", spec::SeccompOperator::ne},
});

template <>
inline constexpr auto names<spec::SeccompArch> = table<Name>({
    {"SCMP_ARCH_AARCH64", spec::SeccompArch::aarch64},
    {"SCMP_ARCH_ARM", spec::SeccompArch::arm},
    {"SCMP_ARCH_LOONGARCH64", spec::SeccompArch::loongarch64},
    {"SCMP_ARCH_M68K", spec::SeccompArch::m68k},
    {"SCMP_ARCH_MIPS", spec::SeccompArch::mips},
    {"SCMP_ARCH_MIPS64", spec::SeccompArch::mips64},
    {"SCMP_ARCH_MIPS64N32", spec::SeccompArch::mips64n32},
    {"SCMP_ARCH_MIPSEL", spec::SeccompArch::mipsel},
    {"SCMP_ARCH_MIPSEL64", spec::SeccompArch::mipsel64},
    {"SCMP_ARCH_MIPSEL64N32", spec::SeccompArch::mipsel64n32},
    {"SCMP_ARCH_PARISC", spec::SeccompArch::parisc},
    {"SCMP_ARCH_PARISC64", spec::SeccompArch::parisc64},
    {"SCMP_ARCH_PPC", spec::SeccompArch::ppc},
    {"SCMP_ARCH_PPC64", spec::SeccompArch::ppc64},
    {"SCMP_ARCH_PPC64LE", spec::SeccompArch::ppc64le},
    {"SCMP_ARCH_RISCV64", spec::SeccompArch::riscv64},
    {"SCMP_ARCH_S390", spec::SeccompArch::s390},
    {"SCMP_ARCH_S390X", spec::SeccompArch::s390x},
    {"SCMP_ARCH_SH", spec::SeccompArch::sh},
    {"SCMP_ARCH_SHEB", spec::SeccompArch::sheb},
    {"SCMP_ARCH_X32", spec::SeccompArch::x32},
    {"SCMP_ARCH_X86", spec::SeccompArch::x86},
    {"SCMP_ARCH_X86_64", spec::SeccompArch::x86_64},
});

template <>
inline constexpr auto names<spec::SeccompFlag> = table<Name>({
    {"SECCOMP_FILTER_FLAG_LOG", spec::SeccompFlag::log},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", spec::SeccompFlag::spec_allow},
    {"SECCOMP_FILTER_FLAG_TSYNC", spec::SeccompFlag::tsync},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", spec::SeccompFlag::wait_killable_recv},
});

template <>
inline constexpr auto names<spec::Status> = table<Name>({
    {"created", spec::Status::created},
    {"creating", spec::Status::creating},
    {"paused", spec::Status::paused},
    {"running", spec::Status::running},
    {"stopped", spec::Status::stopped},
});

} // namespace davit::json
