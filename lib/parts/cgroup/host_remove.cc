// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_remove.cc - removing the container's cgroups.
//
// Runs in: parent, when the container's processes are dead or dying: a group is busy until the
// last of them has left it, which can be later than its parent's wait(2).
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/deadline.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

using namespace std::chrono_literals;

/// rmdir of everything below `directory`.
Sys<> remove_below(int directory) {
    return each_group_below(directory, [](int parent, std::string const& name) -> Sys<> {
        auto const removed = sys::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
        if (!removed && removed.error().value == ENOENT) return {};
        return removed;
    });
}

/// The second in tests' plain directories.
bool is_busy(Errno e) { return e.value == EBUSY || e.value == ENOTEMPTY; }

/// Until cgroup.events of a v2 group says that it is empty, a v1 group may have changed, or a while
/// has passed.
void wait_for_exits(Place const& place, int directory, sys::Deadline const& until,
                    std::chrono::microseconds pause) {
    if (!place.v2) return until.sleep(pause);
    auto const events = sys::openat(directory, "cgroup.events", O_RDONLY);
    if (!events) return until.sleep(pause);
    char buffer[256]; // the poll is for changes since this reading
    auto const size = sys::read(events->number(), buffer, sizeof buffer);
    bool const populated =
        size && std::string_view(buffer, *size).find("populated 1") != std::string_view::npos;
    if (!populated) return until.sleep(pause);
    until.within(100ms).wait(events->number(), POLLPRI);
}

/// What the container has left in a group that is busy, until it is gone.
Result<> remove_busy(Place const& place, std::string const& path, Filesystem filesystem,
                     sys::Deadline const& until) {
    auto const group = open_place(place, filesystem);
    if (!group && group.error().errnum == ENOENT) return {};
    if (!group) return std::unexpected(group.error());
    auto const directory = group->number();
    for (auto pause = std::chrono::microseconds(50);;
         pause = std::min<decltype(pause)>(pause * 2, 20ms)) {
        // Sub-groups are as busy as a process: it looks the same from here.
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
    // A group that was there before the container stays; what grew below it goes.
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
