// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/layout.cc - reading /proc/self/cgroup and mountinfo.
//
// Runs in: parent; pure. Kernel interface: cgroups(7), proc_pid_mountinfo(5).
#include "parts/cgroup/layout.h"

#include <algorithm>

#include "base/text.h"

namespace davit::cgroup {

namespace {

std::vector<std::string> strings(std::string_view s, char separator) {
    auto const parts = split(s, separator);
    return {parts.begin(), parts.end()};
}

/// mountinfo writes space, tab, newline and backslash as "\040" and the like.
std::string unescaped(std::string_view s) {
    std::string out;
    for (std::size_t i = 0; i < s.size(); ++i) {
        auto const octal = [&](std::size_t at) { return s[at] >= '0' && s[at] <= '7'; };
        if (s[i] == '\\' && i + 3 < s.size() && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
            out += static_cast<char>((s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 + s[i + 3] - '0');
            i += 3;
        } else {
            out += s[i];
        }
    }
    return out;
}

} // namespace

std::vector<Membership> parse_memberships(std::string_view proc_self_cgroup) {
    std::vector<Membership> out;
    for (auto const line : split(proc_self_cgroup, '\n')) {
        auto const first = line.find(':');
        if (first == line.npos) continue;
        auto const second = line.find(':', first + 1);
        if (second == line.npos) continue;
        out.push_back({strings(line.substr(first + 1, second - first - 1), ','),
                       std::string(line.substr(second + 1))});
    }
    return out;
}

std::vector<CgroupMount> parse_mountinfo(std::string_view mountinfo) {
    std::vector<CgroupMount> out;
    for (auto const line : split(mountinfo, '\n')) {
        // id parent major:minor root point options [tag…] - type source super-options
        auto const dash = line.find(" - ");
        if (dash == line.npos) continue;
        auto const before = split(line.substr(0, dash), ' ');
        auto const after = split(line.substr(dash + 3), ' ');
        if (before.size() < 6 || after.size() < 3) continue;
        bool const v2 = after[0] == "cgroup2";
        if (!v2 && after[0] != "cgroup") continue;
        out.push_back({unescaped(before[3]), unescaped(before[4]), v2, strings(after[2], ',')});
    }
    return out;
}

std::string seen_from(std::string_view root, std::string_view own) {
    if (root == "/") return clean_path(own);
    if (own.starts_with(root) && own.size() > root.size() && own[root.size()] == '/')
        return clean_path(own.substr(root.size()));
    return "/";
}

} // namespace davit::cgroup
