// SPDX-License-Identifier: Apache-2.0
// davit/spec/seccomp.h - which system calls the container may make.
//
// config-linux.md#seccomp. The conventions of these structs are in davit/spec.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/spec/text.h"

namespace davit::spec {

/// libseccomp's SCMP_ACT_…; `kill` is the old name of `kill_thread`.
enum class SeccompAction : std::uint32_t {
    kill,
    kill_process,
    kill_thread,
    trap,
    errno_,
    trace,
    allow,
    log,
    notify,
};

/// libseccomp's numbers (enum scmp_compare).
enum class SeccompOperator : std::uint32_t {
    ne = 1,
    lt = 2,
    le = 3,
    eq = 4,
    ge = 5,
    gt = 6,
    masked_eq = 7,
};

/// libseccomp's SCMP_ARCH_….
enum class SeccompArch : std::uint32_t {
    x86,
    x86_64,
    x32,
    arm,
    aarch64,
    loongarch64,
    m68k,
    mips,
    mips64,
    mips64n32,
    mipsel,
    mipsel64,
    mipsel64n32,
    parisc,
    parisc64,
    ppc,
    ppc64,
    ppc64le,
    riscv64,
    s390,
    s390x,
    sh,
    sheb,
};

/// The kernel's SECCOMP_FILTER_FLAG_ bits.
enum class SeccompFlag : std::uint32_t {
    tsync = 0x01,
    log = 0x02,
    spec_allow = 0x04,
    wait_killable_recv = 0x20,
};

/// A condition on an argument of a system call. [configLinuxSeccomp]
struct SeccompArg {
    std::uint32_t index = 0; ///< 0 … 5
    std::uint64_t value = 0;
    std::uint64_t value_two = 0; ///< masked_eq: compared with (argument & value)
    SeccompOperator op = SeccompOperator::eq;
    bool operator==(SeccompArg const&) const = default;
};

/// What happens when one of these is called. [configLinuxSeccomp]
struct Syscall {
    Texts names; ///< at least one
    SeccompAction action = SeccompAction::errno_;
    std::optional<std::uint32_t> errno_ret; ///< absent: EPERM
    std::vector<SeccompArg> args;
    bool operator==(Syscall const&) const = default;
};

/// [configLinuxSeccomp]
struct Seccomp {
    SeccompAction default_action = SeccompAction::errno_;
    std::optional<std::uint32_t> default_errno_ret; ///< absent: EPERM
    std::vector<SeccompArch> architectures;
    std::vector<SeccompFlag> flags;
    std::string listener_path; ///< a stream socket; used with `notify`
    std::string listener_metadata;
    std::vector<Syscall> syscalls;
    bool operator==(Seccomp const&) const = default;
};

} // namespace davit::spec
