// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/numbers.cc - system calls that are newer than some libseccomp. Runs in: parent,
// pure. Kernel interface: asm/unistd.h, linux/audit.h, classic BPF over struct seccomp_data.
#include "parts/seccomp/numbers.h"

#include <linux/audit.h>
#include <linux/elf-em.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>

#include "parts/seccomp/instructions.h"

namespace davit::seccomp {

namespace {

struct Call {
    std::string_view name;
    std::uint16_t number;
    std::uint32_t arch = 0; ///< the only one that has it; 0: all, with the same number
};

// Linux 5.8 to 6.19: unknown to libseccomp 2.5.0, the oldest that davit supports.
constexpr Call calls[] = {
    {"close_range", 436},
    {"pidfd_getfd", 438},
    {"faccessat2", 439},
    {"process_madvise", 440},
    {"epoll_pwait2", 441},
    {"mount_setattr", 442},
    {"quotactl_fd", 443},
    {"landlock_create_ruleset", 444},
    {"landlock_add_rule", 445},
    {"landlock_restrict_self", 446},
    {"memfd_secret", 447},
    {"process_mrelease", 448},
    {"futex_waitv", 449},
    {"set_mempolicy_home_node", 450},
    {"cachestat", 451},
    {"fchmodat2", 452},
    {"map_shadow_stack", 453},
    {"futex_wake", 454},
    {"futex_wait", 455},
    {"futex_requeue", 456},
    {"statmount", 457},
    {"listmount", 458},
    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},
    {"mseal", 462},
    {"setxattrat", 463},
    {"getxattrat", 464},
    {"listxattrat", 465},
    {"removexattrat", 466},
    {"open_tree_attr", 467},
    {"file_getattr", 468},
    {"file_setattr", 469},
    {"listns", 470},
    {"uretprobe", 335, AUDIT_ARCH_X86_64},
    {"uprobe", 336, AUDIT_ARCH_X86_64},
    {"riscv_hwprobe", 258, AUDIT_ARCH_RISCV64},
};

constexpr std::uint32_t x32 = AUDIT_ARCH_X86_64 & ~std::uint32_t{__AUDIT_ARCH_64BIT};

/// The first number of an architecture.
std::uint32_t base_of(std::uint32_t arch) {
    if (arch == x32) return 0x40000000; // __X32_SYSCALL_BIT
    if ((arch & 0xffff) != EM_MIPS) return 0;
    if ((arch & __AUDIT_ARCH_64BIT) == 0) return 4000; // o32
    return arch & __AUDIT_ARCH_CONVENTION_MIPS64_N32 ? 6000 : 5000;
}

} // namespace

bool is_numbered(std::string_view name) {
    return std::ranges::find(calls, name, &Call::name) != std::end(calls);
}

std::optional<std::uint32_t> number_of(std::uint32_t arch, std::string_view name) {
    auto const* const call = std::ranges::find(calls, name, &Call::name);
    if (call == std::end(calls) || (call->arch != 0 && call->arch != arch)) return {};
    return base_of(arch) + call->number;
}

std::vector<sock_filter> decide(std::span<Decision const> decisions) {
    std::vector<sock_filter> out;
    while (!decisions.empty()) {
        auto const arch = decisions.front().arch;
        auto const end = std::ranges::find_if(decisions, [&](auto& d) { return d.arch != arch; });
        auto const length = static_cast<std::size_t>(end - decisions.begin());
        auto const lowest = std::ranges::min(decisions.first(length), {}, &Decision::number).number;
        out.push_back(load(offsetof(seccomp_data, arch)));
        out.push_back(jump(BPF_JEQ, arch, 0, static_cast<std::uint8_t>(2 + 2 * length)));
        out.push_back(load(offsetof(seccomp_data, nr)));
        out.push_back(jump(BPF_JGE, lowest, 0, static_cast<std::uint8_t>(2 * length)));
        for (auto const& decision : decisions.first(length)) {
            out.push_back(jump(BPF_JEQ, decision.number, 0, 1));
            out.push_back({BPF_RET | BPF_K, 0, 0, decision.result});
        }
        decisions = decisions.subspan(length);
    }
    return out;
}

} // namespace davit::seccomp
