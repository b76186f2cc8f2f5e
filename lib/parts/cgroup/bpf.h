// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/bpf.h - the BPF program that enforces a device table in a v2 group.
//
// Runs in: parent. Kernel interface: BPF_PROG_TYPE_CGROUP_DEVICE, attached with
// BPF_F_ALLOW_MULTI: a container may only narrow what the groups above it allow.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "parts/cgroup/devices.h"

namespace davit::cgroup {

/// Pure. The program returns 1 for an access that the table allows, else 0. Empty: the table is
/// too long for BPF's jumps (some ten thousand rows).
std::vector<bpf_insn> assemble(DeviceTable const& table);

/// Loads the program and attaches it to the group, which keeps it alive.
Result<> attach(std::vector<bpf_insn> const& program, CgroupFd const& group);

/// The same, but replaces the program that a davit attached to this group, atomically: one of the
/// two judges each access. An empty program only removes that one. Kind::state if the group has
/// only programs of others that aren't `expected` (systemd's are, in its unit): they have replaced
/// davit's, and would continue to judge.
enum class Others { unexpected, expected };
Result<> exchange(std::vector<bpf_insn> const* program, CgroupFd const& group,
                  Others others = Others::unexpected);

/// Removes the programs that a davit attached: an earlier container's, in a group that outlived it.
Result<> detach(CgroupFd const& group);

} // namespace davit::cgroup
