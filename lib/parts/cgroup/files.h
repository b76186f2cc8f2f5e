// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/files.h - reading and writing the files of a cgroup, and walking sub-groups.
//
// Runs in: parent. Kernel interface: cgroups(7). Names are relative to a directory fd.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errno.h"
#include "base/result.h"
#include "davit/fd.h"
#include "parts/cgroup/cgroup.h"

namespace davit::cgroup {

/// The whole content.
Sys<std::string> get(int directory, char const* file);

/// Calls `visit(name, DT_*)` for each entry of a directory, "." and ".." too.
using Named = std::function<void(std::string_view name, unsigned char type)>;
Sys<> each_name(int directory, Named const& visit);

/// One write(2): the kernel takes one line at a time. Never creates a file.
Sys<> put(int directory, char const* file, std::string_view line);

/// Whether `line` is one of the lines of `content`.
bool has_line(std::string_view content, std::string_view line);

/// Whether reading failed since the group was removed, so that it has no processes: ENOENT, or
/// ENODEV (removed after it was opened).
bool has_gone(Errno e);

/// Whether the place's hierarchy has v1's freezer.
bool is_freezer(Place const& place);

/// `"memory.max"` of a place, quoted and in full, for stories.
std::string quoted_file(Place const& place, std::string_view file = {});

/// Why the kernel refuses a value of that file in `group`, for stories; "" if that isn't known.
std::string why_refused(int group, std::string_view file, Errno e);

/// Makes user `uid` the owner of the group, but not of its limits.
/// [config-linux.md#cgroup-ownership]
Result<> give_away(CgroupFd const& directory, Place const& place, std::uint32_t uid);

/// Opens the directory; refuses a name that leads elsewhere (symbolic link, mount, "..").
Sys<CgroupFd> open_group(int directory, std::string_view path);

/// The directory of a place, proven to be a cgroup.
Result<CgroupFd> open_place(Place const& place, Filesystem filesystem);

/// Calls `visit(parent, name)` for every group below `top`: sub-groups first. Continues after a
/// failure; the last failure is the result. A group that vanishes meanwhile is no failure. One fd
/// is open at a time: the owner of a group can nest others deeper than RLIMIT_NOFILE.
using Visit = std::function<Sys<>(int parent, std::string const& name)>;
Sys<> each_group_below(int top, Visit const& visit);

/// The pids of a group and its sub-groups, sorted, each once. Leaves out processes that have no pid
/// in the caller's pid namespace.
Sys<std::vector<int>> processes_below(int directory);

/// ": process 7 (sh) in state D, …": the processes of `directory`, for stories; uninterruptible
/// ones first; "" if there are none.
std::string describe_processes(int directory);

/// Marks directories that a davit made: the last davit that uses one removes it.
void mark_as_made(std::string const& directory);
bool is_marked_as_made(std::string const& directory);

/// Removes the groups above `place.path` that a davit made, while they are empty.
void remove_made_parents(Place const& place);

} // namespace davit::cgroup
