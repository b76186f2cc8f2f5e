// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/newer.cc - ENOSYS for system calls newer than the profile. Runs in: parent, pure.
// Kernel interface: classic BPF over struct seccomp_data, linux/seccomp.h.
#include "parts/seccomp/newer.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <cstddef>

#include "parts/seccomp/instructions.h"

namespace davit::seccomp {

std::vector<sock_filter> refuse(std::span<Numbers const> newer) {
    std::vector<sock_filter> out;
    for (auto const& numbers : newer) {
        sock_filter const one[] = {
            load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, numbers.arch, 0, 4),
            load(offsetof(seccomp_data, nr)),   jump(BPF_JGE, numbers.first, 0, 2),
            jump(BPF_JGT, numbers.last, 1, 0),  {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
        };
        out.insert(out.end(), std::begin(one), std::end(one));
    }
    return out;
}

} // namespace davit::seccomp
