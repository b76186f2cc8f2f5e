// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_delegate.cc - gives a v2 group to the container's user. Runs in: parent.
//
// Spec: config-linux.md#cgroup-ownership. Only the directory and the files that divide a group
// change their owner, never a limit. Kernel interface: cgroups(7), "Delegation".
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

/// The kernel's list of the files that are safe to give away.
std::string delegated_files() {
    auto const file = sys::openat(sys::cwd, "/sys/kernel/cgroup/delegate", O_RDONLY);
    char names[4096];
    auto const n = file ? sys::read(file->number(), names, sizeof names)
                        : Sys<std::size_t>(std::unexpected(file.error()));
    if (!n || *n == 0) return "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
    return {names, *n};
}

} // namespace

Result<> give_away(CgroupFd const& directory, Place const& place, std::uint32_t uid) {
    auto const give = [&](char const* name, int flags) -> Result<> {
        constexpr auto same_group = static_cast<unsigned>(-1);
        auto const given = sys::fchownat(directory.number(), name, uid, same_group, flags);
        // "Not all files listed necessarily exist in every cgroup."
        if (given || given.error() == Errno{ENOENT}) return {};
        return fail_errno(given.error(), "give ", quoted_file(place, name), " to user ", uid);
    };
    TRY(give("", AT_EMPTY_PATH));
    auto const names = delegated_files();
    for (std::size_t at = 0; at < names.size();) {
        auto const end = std::min(names.find('\n', at), names.size());
        auto const name = names.substr(at, end - at);
        if (!name.empty() && name.find('/') == name.npos)
            TRY(give(name.c_str(), AT_SYMLINK_NOFOLLOW));
        at = end + 1;
    }
    return {};
}

} // namespace davit::cgroup
