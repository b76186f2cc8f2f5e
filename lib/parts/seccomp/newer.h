// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/newer.h - ENOSYS for system calls newer than the profile. Runs in: parent, pure.
//
// A C library takes EPERM as final; only ENOSYS makes it use the older call (for clone3, openat2,
// faccessat2, …). So if the default is an errno, the filter answers numbers above the highest one
// that the profile names with ENOSYS, as an older kernel does, and runc. Not for other defaults: a
// profile that kills, or asks an agent, by default means all calls.
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

/// Instructions that stand before a program: ENOSYS for each of `newer`, else continue to the
/// program.
std::vector<sock_filter> refuse(std::span<Numbers const> newer);

} // namespace davit::seccomp
