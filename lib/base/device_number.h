// SPDX-License-Identifier: Apache-2.0
// base/device_number.h - makedev(3), major(3), minor(3), which are calls into the C library.
// Runs in: both.
#pragma once

#include <cstdint>

namespace davit {

/// A device's number as stat(2) and mknod(2) have it.
constexpr std::uint64_t device_number(std::uint32_t major, std::uint32_t minor) {
    return (std::uint64_t{major} & 0xfffff000) << 32 | (major & 0xfff) << 8
           | (std::uint64_t{minor} & 0xffffff00) << 12 | (minor & 0xff);
}
constexpr std::uint32_t device_major(std::uint64_t device) {
    return static_cast<std::uint32_t>((device >> 32 & 0xfffff000) | (device >> 8 & 0xfff));
}
constexpr std::uint32_t device_minor(std::uint64_t device) {
    return static_cast<std::uint32_t>((device >> 12 & 0xffffff00) | (device & 0xff));
}

} // namespace davit
