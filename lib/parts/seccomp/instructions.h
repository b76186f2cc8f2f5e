// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/instructions.h - the classic BPF that davit puts before libseccomp's program. Runs
// in: parent, pure.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>

namespace davit::seccomp {

/// A member of struct seccomp_data.
constexpr sock_filter load(std::size_t offset) {
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
/// Both jumps count from the next instruction.
constexpr sock_filter jump(int test, std::uint32_t value, std::uint8_t if_so, std::uint8_t if_not) {
    return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), if_so, if_not, value};
}

} // namespace davit::seccomp
