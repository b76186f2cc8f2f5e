// SPDX-License-Identifier: Apache-2.0
// base/machine.h - the machine that this was compiled for: its numbers in ELF and audit. Runs in:
// both.
#pragma once

#include <elf.h>
#include <linux/audit.h>

#include <cstdint>

namespace davit::machine {

// `elf` is that of an ELF file (elf(5)), `audit` that of a system call (seccomp(2)).
#if defined(__x86_64__)
inline constexpr char name[] = "x86_64";
inline constexpr std::uint16_t elf = EM_X86_64;
inline constexpr std::uint32_t audit = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr char name[] = "aarch64";
inline constexpr std::uint16_t elf = EM_AARCH64;
inline constexpr std::uint32_t audit = AUDIT_ARCH_AARCH64;
#elif defined(__riscv)
inline constexpr char name[] = "riscv";
inline constexpr std::uint16_t elf = EM_RISCV;
inline constexpr std::uint32_t audit = AUDIT_ARCH_RISCV64;
#else
inline constexpr char name[] = "another";
inline constexpr std::uint16_t elf = EM_NONE; // then no file is said to be for another machine
inline constexpr std::uint32_t audit = 0;
#endif

} // namespace davit::machine
