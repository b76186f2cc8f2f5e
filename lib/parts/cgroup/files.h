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

/// Calls `visit(name, DT_*)` for all that a directory holds, "." and ".." too.
using Named = std::function<void(std::string_view name, unsigned char type)>;
Sys<> each_name(int directory, Named const& visit);

/// One write(2): the kernel takes one line at a time. Never creates a file.
Sys<> put(int directory, char const* file, std::string_view line);

/// Whether one of the lines of `content` is that one.
bool has_line(std::string_view content, std::string_view line);

/// The errno of reading a group that can have no processes: ENOENT, ENODEV (it was removed after it
/// had been opened).
bool has_gone(Errno e);

/// Whether the place's hierarchy is that of v1's freezer.
bool is_freezer(Place const& place);

/// `"memory.max"` of a place, quoted and in full, for stories.
std::string quoted_file(Place const& place, std::string_view file = {});

/// What the kernel means by refusing a value of that file in `group`, for stories; "" where it
/// isn't known.
std::string why_refused(int group, std::string_view file, Errno e);

/// Makes user `uid` the owner of the group, not of its limits. [config-linux.md#cgroup-ownership]
Result<> give_away(CgroupFd const& directory, Place const& place, std::uint32_t uid);

/// The directory itself; a name that leads elsewhere (symbolic link, mount, "..") is refused.
Sys<CgroupFd> open_group(int directory, std::string_view path);

/// The directory of a place, proven to be a cgroup.
Result<CgroupFd> open_place(Place const& place, Filesystem filesystem);

/// Calls `visit(parent, name)` for every group below `top`, for a group after those below it. Goes
/// on after a failure; the last one is the result. What vanishes meanwhile is none. One fd is open
/// at a time: whoever owns his group can nest others deeper than we may have files open.
using Visit = std::function<Sys<>(int parent, std::string const& name)>;
Sys<> each_group_below(int top, Visit const& visit);

/// The pids of a group and of all below it, in their order, each once; without those that the
/// caller's pid namespace has no number for.
Sys<std::vector<int>> processes_below(int directory);

/// ": process 7 (sh) in state D, …": what a story may tell about those of `directory`, the ones
/// that can't be interrupted first; "" if there are none.
std::string describe_processes(int directory);

/// The marks of directories that a davit made, so that whichever davit is last removes them.
void mark_as_made(std::string const& directory);
bool is_marked_as_made(std::string const& directory);

/// rmdir of the groups above `place.path` that a davit made, while they are empty.
void remove_made_parents(Place const& place);

} // namespace davit::cgroup
