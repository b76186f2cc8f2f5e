// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_systemd.cc - moves the container's process into the groups of systemd's unit.
//
// Runs in: parent, while init waits. systemd manages cgroup2 or, of v1, the hierarchies that it
// knows. In all others (freezer, hugetlb, …) davit makes the group of the same path and adds the
// process.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/directories.h"
#include "parts/cgroup/files.h"
#include "parts/cgroup/layout.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

/// The group of the process in the hierarchy of `place`.
std::string path_in(std::vector<Membership> const& memberships, Place const& place) {
    for (auto const& m : memberships)
        if (place.v2 ? m.controllers.empty() : m.controllers == place.controllers) return m.path;
    return {};
}

/// The hierarchy in which systemd itself tracks its units.
bool is_systemds(Place const& place, bool alone) {
    return alone || place.controllers == std::vector<std::string>{"name=systemd"};
}

/// The kernel never reuses an inode of cgroupfs.
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
        place.made = true; // by systemd or davit: removed with the unit
        if (is_systemds(place, plan.groups.size() == 1)) unit_->group = inode(place);
        auto const now = path_in(memberships, place);
        // A mount may show only a part of the hierarchy.
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
    // A create that was killed has not recorded that the unit is its own. But its group is new, and
    // empty, or it would still exist. systemd doesn't hear that a group became empty if it is
    // removed within 10 ms of the end of its last process (kernfs limits the rate of such events).
    if (unit && !unit->started && std::ranges::any_of(places, &Place::made))
        (void)systemd::stop(*unit);
    return {};
}

} // namespace davit::cgroup
