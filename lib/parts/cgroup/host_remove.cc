// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_remove.cc - removing the container's cgroups.
//
// Runs in: parent, when the container's processes are dead or dying: a group is busy until the
// last of them has left it, which can be later than its parent's wait(2).
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
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

/// Until cgroup.events of a v2 group says that it is empty, a v1 group may have changed, or a while
/// has passed.
void wait_for_exits(Place const& place, int directory, Until const& until,
                    std::chrono::microseconds pause) {
    if (!place.v2) return until.wait(pause);
    auto const events = sys::openat(directory, "cgroup.events", O_RDONLY);
    if (!events) return until.wait(pause);
    char buffer[256]; // the poll is for changes since this reading
    auto const size = sys::read(events->number(), buffer, sizeof buffer);
    bool const populated =
        size && std::string_view(buffer, *size).find("populated 1") != std::string_view::npos;
    until.wait(populated ? 100ms : pause, populated ? events->number() : -1);
}

Result<> remove_group(Place const& place, int directory, Until const& until) {
    auto const path = place.mount + place.path;
    for (auto pause = std::chrono::microseconds(50);;
         pause = std::min<decltype(pause)>(pause * 2, 20ms)) {
        auto const removed = sys::unlinkat(sys::cwd, path.c_str(), AT_REMOVEDIR);
        if (removed || removed.error().value == ENOENT) return {};
        auto const e = removed.error();
        if (e.value != EBUSY && e.value != ENOTEMPTY) // the latter in tests' plain directories
            return fail_errno(e, "remove cgroup ", quoted(path));
        if (until.passed())
            return fail_errno(e, "remove cgroup ", quoted(path), who_is_there(directory));
        // Sub-groups are as busy as a process: it looks the same from here.
        if (remove_below(directory) && sys::unlinkat(sys::cwd, path.c_str(), AT_REMOVEDIR))
            return {};
        wait_for_exits(place, directory, until, pause);
    }
}

} // namespace

Result<> Groups::remove(Deadline deadline) const {
    Until const until(deadline);
    Result<> result;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        // A group that was there before the container stays; what grew below it goes.
        if (!places_[i].made) {
            if (directories_[i]) (void)remove_below(directories_[i].number());
            continue;
        }
        auto removed = directories_[i] ? remove_group(places_[i], directories_[i].number(), until)
                                       : Result<>{};
        if (removed)
            remove_made_parents(places_[i]);
        else if (result)
            result = std::move(removed);
    }
    return result;
}

} // namespace davit::cgroup
