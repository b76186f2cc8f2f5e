// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_remove.cc - removing the container's cgroups.
//
// Runs in: parent, when the container's processes are dead or dying. A group is busy until its last
// process has left it, which can be later than the wait(2) of that one's parent.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/deadline.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

using namespace std::chrono_literals;

/// Removes all groups below `directory`.
Sys<> remove_below(int directory) {
    return each_group_below(directory, [](int parent, std::string const& name) -> Sys<> {
        auto const removed = sys::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
        if (!removed && removed.error().value == ENOENT) return {};
        return removed;
    });
}

/// ENOTEMPTY comes from tests' plain directories.
bool is_busy(Errno e) { return e.value == EBUSY || e.value == ENOTEMPTY; }

/// Waits until cgroup.events of a v2 group says that it is empty, until a v1 group may have
/// changed, or for a while.
void wait_for_exits(Place const& place, int directory, sys::Deadline const& until,
                    std::chrono::microseconds pause) {
    if (!place.v2) return until.sleep(pause);
    auto const events = sys::openat(directory, "cgroup.events", O_RDONLY);
    if (!events) return until.sleep(pause);
    char buffer[256]; // poll reports changes since this read
    auto const size = sys::read(events->number(), buffer, sizeof buffer);
    bool const populated =
        size && std::string_view(buffer, *size).find("populated 1") != std::string_view::npos;
    if (!populated) return until.sleep(pause);
    until.within(100ms).wait(events->number(), POLLPRI);
}

/// Removes what the container has left in a busy group, until the group is gone.
Result<> remove_busy(Place const& place, std::string const& path, Filesystem filesystem,
                     sys::Deadline const& until) {
    auto const group = open_place(place, filesystem);
    if (!group && group.error().errnum == ENOENT) return {};
    if (!group) return std::unexpected(group.error());
    auto const directory = group->number();
    for (auto pause = std::chrono::microseconds(50);;
         pause = std::min<decltype(pause)>(pause * 2, 20ms)) {
        // Sub-groups make it busy just as a process does: the errno is the same.
        (void)remove_below(directory);
        auto const removed = sys::unlinkat(sys::cwd, path.c_str(), AT_REMOVEDIR);
        if (removed || removed.error().value == ENOENT) return {};
        if (!is_busy(removed.error()) || until.passed())
            return fail_errno(removed.error(), "remove cgroup ", quoted(path),
                              describe_processes(directory));
        wait_for_exits(place, directory, until, pause);
    }
}

Result<> remove_group(Place const& place, Filesystem filesystem, sys::Deadline const& until) {
    // A group that existed before the container stays; davit removes what was made below it.
    if (!place.made) {
        if (auto const group = open_place(place, filesystem)) (void)remove_below(group->number());
        return {};
    }
    auto const path = place.mount + place.path;
    auto const removed = sys::unlinkat(sys::cwd, path.c_str(), AT_REMOVEDIR);
    if (!removed && is_busy(removed.error())) TRY(remove_busy(place, path, filesystem, until));
    if (!removed && !is_busy(removed.error()) && removed.error().value != ENOENT)
        return fail_errno(removed.error(), "remove cgroup ", quoted(path));
    remove_made_parents(place);
    return {};
}

} // namespace

Result<> remove(std::vector<Place> const& places, Milliseconds patience, Filesystem filesystem) {
    sys::Deadline const until(patience);
    Result<> result;
    for (auto const& place : places)
        if (auto removed = remove_group(place, filesystem, until); !removed && result)
            result = std::move(removed);
    return result;
}

} // namespace davit::cgroup
