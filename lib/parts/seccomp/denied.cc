// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/denied.cc - asks a filter for its answer to each call of init. Runs in: parent,
// pure.
//
// Only for the story of a failure. It runs the filter as the kernel does (seccomp(2)), on calls
// whose arguments are 0. A filter may check arguments; then the result may name too many calls.
#include "parts/seccomp/denied.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <optional>
#include <span>

#include "base/machine.h"

namespace davit::seccomp {

namespace {

/// Reads a word of struct seccomp_data; nothing outside of it.
std::optional<std::uint32_t> word_at(std::uint32_t offset, std::uint32_t call) {
    if (offset == offsetof(seccomp_data, nr)) return call;
    if (offset == offsetof(seccomp_data, arch)) return machine::audit;
    if (offset % 4 != 0 || offset >= sizeof(seccomp_data)) return {};
    return 0;
}

bool holds(std::uint16_t comparison, std::uint32_t a, std::uint32_t k) {
    switch (comparison) {
    case BPF_JEQ: return a == k;
    case BPF_JGT: return a > k;
    case BPF_JGE: return a >= k;
    default: return (a & k) != 0; // BPF_JSET
    }
}

/// SECCOMP_RET_… for that call; nothing for an instruction that libseccomp doesn't use.
std::optional<std::uint32_t> answer(std::span<sock_filter const> program, std::uint32_t call) {
    std::uint32_t a = 0;
    // All jumps lead forward: it ends.
    for (std::size_t at = 0; at < program.size(); ++at) {
        auto const& [code, if_true, if_false, k] = program[at];
        if (code == (BPF_RET | BPF_K)) return k;
        if (code == (BPF_LD | BPF_W | BPF_ABS)) {
            auto const word = word_at(k, call);
            if (!word) return {};
            a = *word;
        } else if (code == (BPF_ALU | BPF_AND | BPF_K)) {
            a &= k;
        } else if (code == (BPF_JMP | BPF_JA)) {
            at += k;
        } else if (BPF_CLASS(code) == BPF_JMP && BPF_SRC(code) == BPF_K) {
            at += holds(BPF_OP(code), a, k) ? if_true : if_false;
        } else {
            return {};
        }
    }
    return {};
}

bool is_denied(std::uint32_t answer) {
    auto const action = answer & SECCOMP_RET_ACTION_FULL;
    return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG
           && action != SECCOMP_RET_USER_NOTIF;
}

bool always(plan::InitPlan const&) { return true; }
bool waits(plan::InitPlan const& p) { return p.who == plan::Who::create; }
bool has_terminal(plan::InitPlan const& p) { return p.terminal.wanted != 0; }
bool has_low_limit(plan::InitPlan const& p) { return p.process.late_limits != 0; }
bool forks(plan::InitPlan const& p) { return p.namespaces.join_pid != 0 && !p.namespaces.second; }

struct Row {
    std::uint32_t number;
    char const* name;
    bool (*is_made)(plan::InitPlan const&);
};
constexpr Row rows[] = {
    {SYS_capset, "capset", always},
    {SYS_recvmsg, "recvmsg", always},
    {SYS_listen, "listen", waits},
    {SYS_prctl, "prctl", always},
    {SYS_sendmsg, "sendmsg", always},
    {SYS_close, "close", always},
    {SYS_signalfd4, "signalfd4", waits},
    {SYS_ppoll, "ppoll", waits},
    {SYS_accept4, "accept4", waits},
    {SYS_rt_sigprocmask, "rt_sigprocmask", always},
    {SYS_execve, "execve", always},
    {SYS_ioctl, "ioctl", has_terminal},
    {SYS_prlimit64, "prlimit64", has_low_limit},
    {SYS_socketpair, "socketpair", forks},
    {SYS_clone, "clone", forks},
    {SYS_read, "read", forks},
    {SYS_write, "write", forks},
    {SYS_setsid, "setsid", forks},
    {SYS_exit_group, "exit_group", forks},
};

} // namespace

std::string denied_to_init(plan::View plan) {
    auto const& inside = plan.header<plan::InitPlan>();
    auto const program = plan.list(inside.seccomp.program);
    std::string names;
    for (auto const& row : rows) {
        if (!row.is_made(inside)) continue;
        auto const said = answer(program, row.number);
        if (said && is_denied(*said)) names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    return names;
}

std::string why_no_execve(std::span<sock_filter const> program) {
    auto const said = answer(program, SYS_execve);
    return said && is_denied(*said) ? " (the profile in /linux/seccomp doesn't allow execve, by "
                                      "which the program begins)"
                                    : "";
}

} // namespace davit::seccomp
