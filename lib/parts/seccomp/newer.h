// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/newer.h - ENOSYS for system calls newer than the profile. Runs in: parent, pure.
//
// A C library that meets EPERM believes it; only ENOSYS makes it fall back to the call that it used
// before (clone3, openat2, faccessat2, …). So where the default is an errno, numbers above the
// highest one that the profile names are answered as by a kernel that doesn't have them. As runc.
// Not so for the other defaults: who wants processes killed, or asked about, means all calls.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

namespace davit::seccomp {

/// System calls of an architecture: an inclusive range of numbers.
struct Numbers {
    std::uint32_t arch = 0; ///< AUDIT_ARCH_*, as struct seccomp_data has it
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// Instructions to stand before a program: ENOSYS for each of `newer`, else on to the program.
std::vector<sock_filter> refuse(std::span<Numbers const> newer);

} // namespace davit::seccomp
