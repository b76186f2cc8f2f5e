// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_systemd.cc - the container's process enters the groups that systemd makes.
//
// Runs in: parent, while init waits. systemd looks after cgroup2 or, of v1, the hierarchies that it
// knows; in all others (freezer, hugetlb, …) the group of the same path is ours to make and to
// fill.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/directories.h"
#include "parts/cgroup/files.h"
#include "parts/cgroup/layout.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

/// Where the process is, in the hierarchy of `place`.
std::string path_in(std::vector<Membership> const& memberships, Place const& place) {
    for (auto const& m : memberships)
        if (place.v2 ? m.controllers.empty() : m.controllers == place.controllers) return m.path;
    return {};
}

/// The hierarchy by which systemd itself knows what is whose.
bool is_systemds(Place const& place, bool alone) {
    return alone || place.controllers == std::vector<std::string>{"name=systemd"};
}

/// The kernel gives no inode of cgroupfs twice.
std::uint64_t inode(Place const& place) {
    auto const path = place.mount + place.path;
    auto const st = sys::fstatat(sys::cwd, path.c_str(), AT_SYMLINK_NOFOLLOW);
    return st ? st->st_ino : 0;
}

} // namespace

Result<> Groups::enter(Plan const& plan, int pid, PidFd const& process) {
    if (!plan.unit) return {};
    TRY(systemd::start(*plan.unit, plan.properties, pid, process));
    unit_ = plan.unit;
    unit_->started = true;

    auto const file = text("/proc/", pid, "/cgroup");
    auto const memberships =
        parse_memberships(TRY(context(get(sys::cwd, file.c_str()), "read ", quoted(file))));
    for (auto const& planned : plan.groups) {
        places_.push_back(planned);
        auto& place = places_.back();
        directories_.push_back(TRY(make_directory(
            place, place.v2 ? plan.needed : std::vector<std::string>(), Filesystem::cgroup)));
        place.made = true; // by whomever: with the unit it goes
        if (is_systemds(place, plan.groups.size() == 1)) unit_->group = inode(place);
        auto const now = path_in(memberships, place);
        // A mount may show less than the whole hierarchy.
        if (now.ends_with(place.path)) continue;
        if (!unit_->is_slice() && is_systemds(place, plan.groups.size() == 1))
            return fail(Kind::system, "systemd has put the container into ", quoted(now),
                        ", expected ", quoted(place.path));
        TRY(context(put(directories_.back().number(), "cgroup.procs", text(pid)),
                    "move davit's init into ", quoted_file(place)));
    }
    return limit(plan);
}

bool is_anothers(std::optional<systemd::Unit> const& unit, std::vector<Place> const& places) {
    if (!unit || unit->group == 0) return false;
    return std::ranges::any_of(places, [&](Place const& place) {
        if (!is_systemds(place, places.size() == 1)) return false;
        auto const now = inode(place);
        return now != 0 && now != unit->group;
    });
}

Result<> remove(std::optional<systemd::Unit> const& unit, std::vector<Place> const& places) {
    if (unit && unit->started) (void)systemd::stop(*unit);
    TRY(remove(places));
    // A create that was killed has not written down that the unit is its own. But the group was not
    // there before, and is empty, or it would be there still; and systemd isn't told of the end of
    // one that is removed within 10 ms of its last process (kernfs limits the rate of such news).
    if (unit && !unit->started && std::ranges::any_of(places, &Place::made))
        (void)systemd::stop(*unit);
    return {};
}

} // namespace davit::cgroup
