// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host_translate.cc - translates a profile to a BPF program, by libseccomp. Runs in:
// parent. seccomp_rule_add(3), seccomp_export_bpf(3).
//
// A change here changes programs of the same profile: see `translation` in host.cc.
#include <errno.h>
#include <linux/memfd.h>
#include <seccomp.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "parts/seccomp/host.h"
#include "parts/seccomp/newer.h"
#include "parts/seccomp/numbers.h"
#include "parts/seccomp/plan.h"
#include "spec/names.h"
#include "sys/file.h"

namespace davit::seccomp {

namespace {

using spec::SeccompAction;
using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t to_libseccomp(SeccompAction action, std::optional<std::uint32_t> errnum) {
    switch (action) {
    case SeccompAction::kill:
    case SeccompAction::kill_thread: return SCMP_ACT_KILL_THREAD;
    case SeccompAction::kill_process: return SCMP_ACT_KILL_PROCESS;
    case SeccompAction::trap: return SCMP_ACT_TRAP;
    case SeccompAction::errno_: return SCMP_ACT_ERRNO(errno_of(errnum));
    case SeccompAction::trace: return SCMP_ACT_TRACE(errno_of(errnum));
    case SeccompAction::allow: return SCMP_ACT_ALLOW;
    case SeccompAction::log: return SCMP_ACT_LOG;
    case SeccompAction::notify: return SCMP_ACT_NOTIFY;
    }
    return SCMP_ACT_KILL_PROCESS;
}

/// libseccomp uses the specification's names without prefix, in small letters.
std::uint32_t to_libseccomp(spec::SeccompArch arch) {
    auto name = std::string(json::name_of(arch).substr(std::string_view("SCMP_ARCH_").size()));
    for (auto& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return seccomp_arch_resolve_name(name.c_str());
}

std::unexpected<Error> refused(int result, std::string_view what) {
    std::string_view const why = result == -EEXIST ? "another rule says something else"
                                 : result == -EDOM ? "another byte order than this machine's"
                                 : result == -EINVAL || result == -EOPNOTSUPP
                                     ? "libseccomp or the kernel doesn't have it"
                                     : std::string_view{};
    if (why.empty()) return fail_errno(Errno{-result}, "config.json: /linux/seccomp/", what);
    return fail(result == -EEXIST ? Kind::config : Kind::unsupported,
                "config.json: /linux/seccomp/", what, ": ", why);
}

Result<> add_architectures(void* filter, spec::Seccomp const& profile) {
    for (std::size_t i = 0; i < profile.architectures.size(); ++i) {
        auto const name = json::name_of(profile.architectures[i]);
        auto const token = to_libseccomp(profile.architectures[i]);
        int const added = token ? seccomp_arch_add(filter, token) : -EINVAL;
        if (added < 0 && added != -EEXIST)
            return refused(added, text("architectures/", i, ": ", name));
    }
    return {};
}

/// Whether skipping a rule filters the container less: the default wouldn't refuse the call, or the
/// agent wouldn't be asked.
bool is_missed(spec::Seccomp const& profile, spec::Syscall const& rule) {
    auto const runs_it = [](SeccompAction a) {
        return a == SeccompAction::allow || a == SeccompAction::log;
    };
    return rule.action == SeccompAction::notify
           || (runs_it(profile.default_action) && !runs_it(rule.action));
}

bool can_never_hold(spec::SeccompArg const& c) {
    return c.op == spec::SeccompOperator::masked_eq && (c.value_two & ~c.value) != 0;
}

/// The filtered architectures: this machine's, and the profile's.
std::vector<std::uint32_t> tokens_of(spec::Seccomp const& profile) {
    std::vector<std::uint32_t> tokens{seccomp_arch_native()};
    for (auto const arch : profile.architectures) {
        auto const token = to_libseccomp(arch);
        if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
    }
    return tokens;
}

std::uint32_t as_the_kernel_names(std::uint32_t token) {
    return token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token;
}

bool is_unknown(std::string const& name) {
    return seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR;
}

/// The rules for calls that davit knows and libseccomp doesn't. Only libseccomp can check
/// arguments.
Result<std::vector<Decision>> decisions_of(spec::Seccomp const& profile) {
    std::vector<Decision> decisions;
    for (auto const token : tokens_of(profile)) {
        auto const arch = as_the_kernel_names(token);
        for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
            auto const& rule = profile.syscalls[i];
            if (is_default(profile, rule) || !rule.args.empty()) continue;
            for (auto const& name : rule.names) {
                auto const number = number_of(token, name);
                if (!number || !is_unknown(name)) continue;
                Decision const one{arch, *number, to_libseccomp(rule.action, rule.errno_ret)};
                auto const old = std::ranges::find_if(decisions, [&](Decision const& d) {
                    return d.arch == arch && d.number == one.number;
                });
                if (old == decisions.end())
                    decisions.push_back(one);
                else if (old->result != one.result)
                    return refused(-EEXIST, text("syscalls/", i, ": ", json::name_of(rule.action),
                                                 " for ", quoted(name)));
            }
        }
    }
    // To the kernel x32 and x86_64 are one.
    std::ranges::stable_sort(decisions, {}, &Decision::arch);
    return decisions;
}

Result<> add_rule(void* filter, spec::Seccomp const& profile, std::size_t index) {
    auto const& rule = profile.syscalls[index];
    if (is_default(profile, rule)) return {};
    auto const action = to_libseccomp(rule.action, rule.errno_ret);
    auto const ways = alternatives(rule.args);
    for (auto const& name : rule.names) {
        int const number = seccomp_syscall_resolve_name(name.c_str());
        // This libseccomp doesn't know it: decisions_of() handles it, or the default, or `newer`
        // does.
        if (number == __NR_SCMP_ERROR) continue;
        for (auto const& conditions : ways) {
            // libseccomp ignores bits outside of the mask.
            if (std::ranges::any_of(conditions, can_never_hold)) continue;
            std::vector<scmp_arg_cmp> all;
            for (auto const& c : conditions)
                all.push_back({c.index, static_cast<scmp_compare>(c.op), c.value, c.value_two});
            int const added = seccomp_rule_add_array(filter, action, number,
                                                     static_cast<unsigned>(all.size()), all.data());
            if (added < 0)
                return refused(added, text("syscalls/", index, ": ", json::name_of(rule.action),
                                           " for ", quoted(name)));
        }
    }
    return {};
}

/// Negative if the architecture lacks the call, or neither libseccomp nor davit knows it.
int number_in(std::uint32_t token, std::string const& name) {
    int const theirs = seccomp_syscall_resolve_name_arch(token, name.c_str());
    if (theirs != __NR_SCMP_ERROR) return theirs;
    auto const ours = number_of(token, name);
    return ours ? static_cast<int>(*ours) : theirs;
}

/// The numbers above all calls of the profile, in each architecture that it filters.
std::vector<Numbers> newer_than(spec::Seccomp const& profile) {
    constexpr int x32_bit = 0x40000000;
    if (!hides_newer(profile)) return {};
    std::vector<Numbers> newer;
    for (auto const token : tokens_of(profile)) {
        // A negative number: not on this architecture. x32's calls are x86_64's plus a bit, which
        // makes them foreign to a filter without x32.
        int highest = token == SCMP_ARCH_X32 ? x32_bit - 1 : 0;
        for (auto const& rule : profile.syscalls)
            for (auto const& name : rule.names) highest = std::max(highest, number_in(token, name));
        newer.push_back({as_the_kernel_names(token), static_cast<std::uint32_t>(highest) + 1,
                         token == SCMP_ARCH_X86_64 ? x32_bit - 1U : 0x7fffffff});
    }
    return newer;
}

Result<Program> export_bpf(void* filter) {
    auto const file = TRY(context(sys::memfd_create("davit-seccomp", MFD_CLOEXEC),
                                  "make a file for the seccomp program"));
    if (int const done = seccomp_export_bpf(filter, file.number()); done < 0)
        return fail_errno(Errno{-done}, "make the seccomp program (libseccomp)");
    auto const st = TRY(context(sys::fstat(file.number()), "look at the seccomp program"));
    Program program(static_cast<std::size_t>(st.st_size) / sizeof(sock_filter));
    TRY(context(
        sys::pread_once(file.number(), program.data(), program.size() * sizeof(sock_filter)),
        "read the seccomp program"));
    return program;
}

} // namespace

std::string libseccomp_version() {
    auto const* const v = seccomp_version();
    return text(v->major, ".", v->minor, ".", v->micro);
}

bool is_known(spec::SeccompArch arch) { return to_libseccomp(arch) != 0; }

std::vector<std::string> unknown_calls(spec::Seccomp const& profile) {
    std::vector<std::string> warnings;
    for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
        auto const& rule = profile.syscalls[i];
        if (!is_missed(profile, rule)) continue;
        for (auto const& name : rule.names)
            if (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR
                && !(rule.args.empty() && is_numbered(name)))
                warnings.push_back(text("config.json: /linux/seccomp/syscalls/", i, ": ",
                                        json::name_of(rule.action), " for ", quoted(name),
                                        ": libseccomp ", libseccomp_version(),
                                        " doesn't know this system call: it is not filtered"));
    }
    return warnings;
}

Result<Program> translate(spec::Seccomp const& profile) {
    static std::mutex
        one_at_a_time; // libseccomp keeps the kernel's features in variables of its own
    std::lock_guard const lock(one_at_a_time);
    Filter const filter(
        seccomp_init(to_libseccomp(profile.default_action, profile.default_errno_ret)),
        seccomp_release);
    if (!filter)
        return fail(Kind::unsupported, "config.json: /linux/seccomp/defaultAction: ",
                    json::name_of(profile.default_action),
                    ": libseccomp or the kernel doesn't have it");
    // Architectures first: a rule applies only to those that were added.
    TRY(add_architectures(filter.get(), profile));
    // A search tree: at the load the kernel runs the program once for each number: 0.27 ms instead
    // of 0.74 for 350 calls and three architectures, and half per uncached call.
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (std::size_t i = 0; i < profile.syscalls.size(); ++i)
        TRY(add_rule(filter.get(), profile, i));

    auto program = decide(TRY(decisions_of(profile)));
    auto const hidden = refuse(newer_than(profile));
    program.insert(program.end(), hidden.begin(), hidden.end());
    auto const rules = TRY(export_bpf(filter.get()));
    program.insert(program.end(), rules.begin(), rules.end());
    if (program.size() > BPF_MAXINSNS)
        return fail(Kind::config, "config.json: /linux/seccomp: ", program.size(),
                    " instructions, the kernel takes ", BPF_MAXINSNS);
    return program;
}

} // namespace davit::seccomp
