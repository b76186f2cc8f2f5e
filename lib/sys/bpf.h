// SPDX-License-Identifier: Apache-2.0
// sys/bpf.h - bpf(2), as far as cgroup device programs need it. Runs in: parent.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <span>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

/// EINVAL or EACCES if the verifier refuses it. `name` appears in lists of the host's programs.
inline Sys<Fd> bpf_load_cgroup_device(std::span<bpf_insn const> program, char const* name) {
    bpf_attr attr{};
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = reinterpret_cast<std::uintptr_t>(program.data());
    attr.insn_cnt = static_cast<std::uint32_t>(program.size());
    attr.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
    for (std::size_t i = 0; name[i] && i + 1 < sizeof attr.prog_name; ++i)
        attr.prog_name[i] = name[i];
    // BPF fds are always CLOEXEC.
    return raw::opened<Fd>(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
}

/// Adds it to the programs of the groups above and of other processes here: all of them must allow
/// an access. `instead` is a program of this group that it replaces atomically (Linux 5.6).
inline Sys<> bpf_attach_cgroup_device(Fd const& program, CgroupFd const& group,
                                      Fd const* instead = nullptr) {
    bpf_attr attr{};
    attr.target_fd = static_cast<std::uint32_t>(group.number());
    attr.attach_bpf_fd = static_cast<std::uint32_t>(program.number());
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (instead) {
        attr.attach_flags |= BPF_F_REPLACE;
        attr.replace_bpf_fd = static_cast<std::uint32_t>(instead->number());
    }
    return raw::done(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr);
}

inline Sys<> bpf_detach_cgroup_device(Fd const& program, CgroupFd const& group) {
    bpf_attr attr{};
    attr.target_fd = static_cast<std::uint32_t>(group.number());
    attr.attach_bpf_fd = static_cast<std::uint32_t>(program.number());
    attr.attach_type = BPF_CGROUP_DEVICE;
    return raw::done(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof attr);
}

/// The ids of the device programs of this group alone; returns their number. ENOSPC if `ids` is too
/// small.
inline Sys<std::size_t> bpf_query_cgroup_device(CgroupFd const& group,
                                                std::span<std::uint32_t> ids) {
    bpf_attr attr{};
    attr.query.target_fd = static_cast<std::uint32_t>(group.number());
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids.data());
    attr.query.prog_cnt = static_cast<std::uint32_t>(ids.size());
    if (auto const done = raw::done(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof attr); !done)
        return std::unexpected(done.error());
    return attr.query.prog_cnt;
}

/// ENOENT if the kernel has unloaded it meanwhile.
inline Sys<Fd> bpf_open_program(std::uint32_t id) {
    bpf_attr attr{};
    attr.prog_id = id;
    return raw::opened<Fd>(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
}

inline Sys<> bpf_program_info(Fd const& program, bpf_prog_info& info) {
    bpf_attr attr{};
    attr.info.bpf_fd = static_cast<std::uint32_t>(program.number());
    attr.info.info = reinterpret_cast<std::uintptr_t>(&info);
    attr.info.info_len = sizeof info;
    return raw::done(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr);
}

} // namespace davit::sys
