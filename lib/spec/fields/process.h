// SPDX-License-Identifier: Apache-2.0
// spec/fields/process.h - the JSON members of config.md#process. Runs in: parent.
#pragma once

#include "json/fields.h"
#include "spec/names.h"

namespace davit::json {

template <>
inline constexpr auto fields<spec::Box> = list({
    field<&spec::Box::height>("height", "characters", Need::required),
    field<&spec::Box::width>("width", "characters", Need::required),
});

template <>
inline constexpr auto fields<spec::User> = list({
    field<&spec::User::uid>("uid", "user id inside the container", Need::always),
    field<&spec::User::gid>("gid", "group id inside the container", Need::always),
    field<&spec::User::umask>("umask", "file mode creation mask; absent: 022"),
    field<&spec::User::additional_gids>("additionalGids", "supplementary group ids"),
});

template <>
inline constexpr auto fields<spec::Capabilities> = list({
    field<&spec::Capabilities::bounding>("bounding", "the most that execve can grant"),
    field<&spec::Capabilities::effective>("effective", "what the kernel checks"),
    field<&spec::Capabilities::inheritable>("inheritable",
                                            "kept by programs with file capabilities"),
    field<&spec::Capabilities::permitted>("permitted", "the most that can become effective"),
    field<&spec::Capabilities::ambient>("ambient", "kept across execve of ordinary programs"),
});

template <>
inline constexpr auto fields<spec::Rlimit> = list({
    field<&spec::Rlimit::type>("type", "name as in getrlimit(2), RLIMIT_NOFILE", Need::required),
    field<&spec::Rlimit::hard>("hard", "the ceiling of soft; 18446744073709551615: unlimited",
                               Need::required),
    field<&spec::Rlimit::soft>("soft", "the limit that holds", Need::required),
});

template <>
inline constexpr auto fields<spec::Scheduler> = list({
    field<&spec::Scheduler::policy>("policy", "see sched_setattr(2)", Need::required),
    field<&spec::Scheduler::nice>("nice", "-20 (most favoured) to 19"),
    field<&spec::Scheduler::priority>("priority", "1 to 99, for SCHED_FIFO and SCHED_RR"),
    field<&spec::Scheduler::flags>("flags", "see sched_setattr(2)"),
    field<&spec::Scheduler::runtime>("runtime", "nanoseconds, for SCHED_DEADLINE"),
    field<&spec::Scheduler::deadline>("deadline", "nanoseconds, for SCHED_DEADLINE"),
    field<&spec::Scheduler::period>("period", "nanoseconds, for SCHED_DEADLINE"),
});

template <>
inline constexpr auto fields<spec::IoPriority> = list({
    field<&spec::IoPriority::class_>("class", "I/O scheduling class", Need::required),
    field<&spec::IoPriority::priority>("priority", "0 (highest) to 7 (lowest)", Need::always),
});

template <>
inline constexpr auto fields<spec::CpuAffinity> = list({
    field<&spec::CpuAffinity::initial>("initial", "CPUs before joining the cgroup, as in 0-3,7"),
    field<&spec::CpuAffinity::final_>("final", "CPUs after it; empty: the kernel decides"),
});

template <>
inline constexpr auto fields<spec::Process> = list({
    field<&spec::Process::terminal>("terminal", "give it a pseudoterminal"),
    field<&spec::Process::console_size>("consoleSize", "the terminal's first size"),
    field<&spec::Process::user>("user", "whose ids it runs with", Need::always),
    field<&spec::Process::args>("args", "argv; the first one names the program"),
    field<&spec::Process::env>("env", "NAME=value"),
    field<&spec::Process::cwd>("cwd", "working directory, absolute", Need::required),
    field<&spec::Process::capabilities>("capabilities", "see capabilities(7)"),
    field<&spec::Process::rlimits>("rlimits", "see setrlimit(2)"),
    field<&spec::Process::no_new_privileges>("noNewPrivileges", "execve can't grant privileges"),
    field<&spec::Process::apparmor_profile>("apparmorProfile", "name of a loaded profile"),
    field<&spec::Process::oom_score_adj>("oomScoreAdj", "-1000 to 1000; absent: left alone"),
    field<&spec::Process::scheduler>("scheduler", "CPU scheduling"),
    field<&spec::Process::selinux_label>("selinuxLabel", "context of the process"),
    field<&spec::Process::io_priority>("ioPriority", "I/O scheduling"),
    field<&spec::Process::exec_cpu_affinity>("execCPUAffinity", "CPUs of processes added by exec"),
});

} // namespace davit::json
