// SPDX-License-Identifier: Apache-2.0
// parts/users/unprivileged_host.h - user namespaces of those who are not the host's root.
//
// Runs in: parent. user_namespaces(7), subuid(5), newuidmap(1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "safe/procfs.h"

namespace davit::users {

/// The map `lines` ("inside outside count", one a line) for `file` (uid_map, gid_map) of process
/// `pid`, a child that has not been reaped, when the kernel has refused the caller's own writing:
/// a single gid that is the caller's takes renouncing setgroups(2), all else newuidmap and
/// newgidmap. Kind::denied for ids that were not granted.
Result<> write_as_granted(safe::Procfs const& proc, int pid, std::string_view file,
                          std::string const& lines);

/// No for root of a user namespace as well: it owns little of what belongs to the host.
bool is_hosts_root();

/// Whether the caller can't leave its supplementary groups: for want of CAP_SETGID, or in a user
/// namespace that has renounced setgroups(2). What it starts gains nothing by having them, too.
bool keeps_groups();

/// " (the sysctl … is …)" if one forbids the caller to use user namespaces; else "".
std::string why_forbidden();

} // namespace davit::users
