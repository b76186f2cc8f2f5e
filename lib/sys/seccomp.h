// SPDX-License-Identifier: Apache-2.0
// sys/seccomp.h - seccomp(2). Runs in: both.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <span>

#include "sys/raw.h"

namespace davit::sys {

/// Filters the calling thread for ever. With SECCOMP_FILTER_FLAG_NEW_LISTENER it returns an fd,
/// CLOEXEC, else 0.
inline Sys<long> seccomp_set_filter(unsigned flags, std::span<sock_filter const> program) {
    sock_fprog const prog{static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter*>(program.data())};
    return raw::call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}
/// EFAULT for flags that the kernel knows, EINVAL for others: the kernel checks flags before the
/// program.
inline Errno seccomp_probe_flags(unsigned flags) {
    return raw::call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, nullptr).error();
}
inline Sys<> seccomp_action_available(unsigned action) {
    return raw::done(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

} // namespace davit::sys
