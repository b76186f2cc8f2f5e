// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/numbers.h - system calls that a libseccomp may be too old for. Runs in: parent,
// pure.
//
// Distributions keep a libseccomp for years (Debian 12: 2.5.4, of Linux 5.17's time), engines'
// profiles and kernels go on. What this table knows is decided by number, before libseccomp's part
// of the program; what it doesn't, as for a kernel that hasn't got the call.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace davit::seccomp {

/// The number of a system call, as struct seccomp_data has it. `arch` is AUDIT_ARCH_*; of x32 that
/// of x86_64 without __AUDIT_ARCH_64BIT (as libseccomp's).
std::optional<std::uint32_t> number_of(std::uint32_t arch, std::string_view name);

/// Whether any architecture has it by number_of().
bool is_numbered(std::string_view name);

/// What is returned for one number.
struct Decision {
    std::uint32_t arch = 0; ///< AUDIT_ARCH_*, as struct seccomp_data has it
    std::uint32_t number = 0;
    std::uint32_t result = 0; ///< SECCOMP_RET_*
};

/// Instructions to stand before a program: what `decisions` say, of the same `arch` side by side;
/// for all other calls on to the program.
std::vector<sock_filter> decide(std::span<Decision const> decisions);

} // namespace davit::seccomp
