// SPDX-License-Identifier: Apache-2.0
// parts/users/unprivileged_host.h - user namespaces of callers that are not the host's root.
//
// Runs in: parent. user_namespaces(7), subuid(5), newuidmap(1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "safe/procfs.h"

namespace davit::users {

/// Writes the map `lines` ("inside outside count", one a line) to `file` (uid_map, gid_map) of
/// process `pid`, a child that has not been reaped, after the kernel refused the caller's own
/// write. A single gid that is the caller's needs only setgroups(2) denied; all else needs
/// newuidmap and newgidmap. Kind::denied for ids that were not granted.
Result<> write_as_granted(safe::Procfs const& proc, int pid, std::string_view file,
                          std::string const& lines);

/// False for root of a user namespace as well: it owns little of the host.
bool is_hosts_root();

/// Whether the caller can't leave its supplementary groups: it lacks CAP_SETGID, or its user
/// namespace denies setgroups(2). A process that it starts gains nothing by keeping them.
bool keeps_groups();

/// " (the sysctl … is …)" if a sysctl forbids the caller to use user namespaces; else "".
std::string why_forbidden();

} // namespace davit::users
