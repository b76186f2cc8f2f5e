// SPDX-License-Identifier: Apache-2.0
// sys/bpf.h - bpf(2), what cgroup device programs need of it. Runs in: parent.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <span>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

/// EINVAL or EACCES if the verifier objects.
inline Sys<Fd> bpf_load_cgroup_device(std::span<bpf_insn const> program) {
    bpf_attr attr{};
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = reinterpret_cast<std::uintptr_t>(program.data());
    attr.insn_cnt = static_cast<std::uint32_t>(program.size());
    attr.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
    // BPF fds are CLOEXEC from birth.
    return raw::opened<Fd>(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
}

/// Beside the programs of the groups above and of others here: all of them must agree.
inline Sys<> bpf_attach_cgroup_device(Fd const& program, CgroupFd const& group) {
    bpf_attr attr{};
    attr.target_fd = static_cast<std::uint32_t>(group.number());
    attr.attach_bpf_fd = static_cast<std::uint32_t>(program.number());
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    return raw::done(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr);
}

} // namespace davit::sys
