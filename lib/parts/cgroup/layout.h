// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/layout.h - the pure half of read_layout(): /proc/self/cgroup and mountinfo as data.
//
// Runs in: parent; pure. Kernel interface: cgroups(7), proc_pid_mountinfo(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::cgroup {

/// A line of /proc/self/cgroup. The one of v2 has no controllers.
struct Membership {
    std::vector<std::string> controllers;
    std::string path;
    bool operator==(Membership const&) const = default;
};
std::vector<Membership> parse_memberships(std::string_view proc_self_cgroup);

/// A mount of type cgroup or cgroup2.
struct CgroupMount {
    std::string root; ///< the group that appears at `point`
    std::string point;
    bool v2 = false;
    std::vector<std::string> options; ///< v1: the controllers are among them
    bool operator==(CgroupMount const&) const = default;
};
std::vector<CgroupMount> parse_mountinfo(std::string_view mountinfo);

/// `own` as a path in a mount that shows the group `root`; "/" if it isn't below `root`.
std::string seen_from(std::string_view root, std::string_view own);

} // namespace davit::cgroup
