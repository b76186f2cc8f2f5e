// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/numbers.h - system calls that are newer than some libseccomp. Runs in: parent,
// pure.
//
// Distributions keep a libseccomp for years (Debian 12: 2.5.4, from the time of Linux 5.17);
// engines' profiles and kernels move on. The filter decides a call of this table by number, before
// libseccomp's part of the program; it treats an unknown call as a kernel without it does.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace davit::seccomp {

/// The number of a system call, as struct seccomp_data has it. `arch` is AUDIT_ARCH_*; for x32 it
/// is that of x86_64 without __AUDIT_ARCH_64BIT (as in libseccomp).
std::optional<std::uint32_t> number_of(std::uint32_t arch, std::string_view name);

/// Whether number_of() knows it for any architecture.
bool is_numbered(std::string_view name);

/// The result for one number.
struct Decision {
    std::uint32_t arch = 0; ///< AUDIT_ARCH_*, as struct seccomp_data has it
    std::uint32_t number = 0;
    std::uint32_t result = 0; ///< SECCOMP_RET_*
};

/// Instructions that stand before a program: decide the calls of `decisions`, in which rows of one
/// `arch` are adjacent; for all other calls continue to the program.
std::vector<sock_filter> decide(std::span<Decision const> decisions);

} // namespace davit::seccomp
