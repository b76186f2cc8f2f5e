// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/newer.cc - ENOSYS for system calls newer than the profile. Runs in: parent, pure.
// Kernel interface: classic BPF over struct seccomp_data, linux/seccomp.h.
#include "parts/seccomp/newer.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <cstddef>

namespace davit::seccomp {

namespace {

constexpr sock_filter load(std::size_t offset) {
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
/// Both jumps count from the next instruction.
constexpr sock_filter jump(int test, std::uint32_t value, std::uint8_t if_so, std::uint8_t if_not) {
    return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), if_so, if_not, value};
}

} // namespace

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
