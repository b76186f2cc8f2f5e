// SPDX-License-Identifier: Apache-2.0
// spec/validate_process.cc - the rules of config.md#process. Runs in: parent.
#include <algorithm>

#include "spec/names.h"
#include "spec/rules.h"

namespace davit::spec {
namespace {

// config.md#posix-process
Result<> validate_rlimits(Path const& at, std::vector<Rlimit> const& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        Path const here{at, i};
        // "MUST generate an error for any values which cannot be mapped"
        if (!find(rlimits, all[i].type))
            return wrong({here, "type"}, "must be a resource of getrlimit(2)", all[i].type);
        // "If rlimits contains duplicated entries with same type, MUST generate an error"
        for (std::size_t j = 0; j < i; ++j)
            if (all[j].type == all[i].type)
                return wrong({here, "type"}, "is there twice", all[i].type);
        // setrlimit(2): EINVAL
        if (all[i].soft > all[i].hard) return wrong({here, "soft"}, "must not be above hard");
    }
    return {};
}

// For setresuid(2) -1 means no change: the process would keep root's id (CVE-2026-46680 is
// similar).
Result<> validate_user(Path const& at, User const& user) {
    constexpr std::uint32_t none = 0xffff'ffff;
    constexpr std::string_view rule = "must be below 4294967295, which means no id";
    if (user.uid == none) return wrong({at, "uid"}, rule);
    if (user.gid == none) return wrong({at, "gid"}, rule);
    Path const groups{at, "additionalGids"};
    for (std::size_t i = 0; i < user.additional_gids.size(); ++i)
        if (user.additional_gids[i] == none) return wrong({groups, i}, rule);
    if (user.umask.value_or(0) > 0777) return wrong({at, "umask"}, "must be 0 to 511 (octal 0777)");
    return {};
}

// config.md#linux-process; sched_setattr(2) refuses these with EINVAL.
Result<> validate_scheduler(Path const& at, Scheduler const& s) {
    bool const is_realtime = s.policy == SchedulerPolicy::fifo || s.policy == SchedulerPolicy::rr;
    if (s.nice < -20 || s.nice > 19) return wrong({at, "nice"}, "must be -20 to 19", s.nice);
    if (is_realtime && (s.priority < 1 || s.priority > 99))
        return wrong({at, "priority"}, "must be 1 to 99 for SCHED_FIFO and SCHED_RR", s.priority);
    if (!is_realtime && s.priority != 0)
        return wrong({at, "priority"}, "is for SCHED_FIFO and SCHED_RR only", s.priority);

    if (s.policy != SchedulerPolicy::deadline) {
        if (s.runtime) return wrong({at, "runtime"}, "is for SCHED_DEADLINE only");
        if (s.deadline) return wrong({at, "deadline"}, "is for SCHED_DEADLINE only");
        if (s.period) return wrong({at, "period"}, "is for SCHED_DEADLINE only");
        return {};
    }
    constexpr std::uint64_t shortest = 1024, longest = ~std::uint64_t{0} >> 1; // nanoseconds
    auto const period = s.period ? s.period : s.deadline;
    if (s.runtime < shortest) return wrong({at, "runtime"}, "must be at least 1024 nanoseconds");
    if (s.deadline < s.runtime) return wrong({at, "deadline"}, "must not be below runtime");
    if (s.deadline > longest) return wrong({at, "deadline"}, "must be below 2^63 nanoseconds");
    if (period < s.deadline) return wrong({at, "period"}, "must not be below deadline");
    if (period > longest) return wrong({at, "period"}, "must be below 2^63 nanoseconds");
    return {};
}

} // namespace

Result<> validate_process(Process const& p, Path const& at) {
    // config.md#process
    if (p.args.empty()) return wrong({at, "args"}, "must have at least one entry");
    TRY(absolute({at, "cwd"}, p.cwd));
    TRY(validate_user({at, "user"}, p.user));
    // environ: "name=value". An entry of another form is invisible to getenv(3).
    for (std::size_t i = 0; i < p.env.size(); ++i) {
        auto const equals = p.env[i].find('=');
        if (equals == 0 || equals == std::string::npos)
            return wrong({Path(at, "env"), i}, "must have the form NAME=value", p.env[i]);
    }
    // "MUST ignore consoleSize if terminal is false"; struct winsize has 16 bits.
    if (p.terminal && p.console_size
        && std::max(p.console_size->height, p.console_size->width) > 0xffff)
        return wrong({at, "consoleSize"}, "must be at most 65535 by 65535");

    TRY(validate_rlimits({at, "rlimits"}, p.rlimits));

    // config.md#linux-process
    if (p.oom_score_adj && (*p.oom_score_adj < -1000 || *p.oom_score_adj > 1000))
        return wrong({at, "oomScoreAdj"}, "must be -1000 to 1000", *p.oom_score_adj);
    if (p.scheduler) TRY(validate_scheduler({at, "scheduler"}, *p.scheduler));
    if (p.io_priority && (p.io_priority->priority < 0 || p.io_priority->priority > 7))
        return wrong({Path(at, "ioPriority"), "priority"}, "must be 0 to 7",
                     p.io_priority->priority);
    if (p.exec_cpu_affinity) {
        Path const affinity{at, "execCPUAffinity"};
        TRY(number_list({affinity, "initial"}, p.exec_cpu_affinity->initial));
        TRY(number_list({affinity, "final"}, p.exec_cpu_affinity->final_));
    }
    return {};
}

} // namespace davit::spec
