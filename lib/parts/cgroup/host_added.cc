// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_added.cc - the groups in which a process of exec is born.
//
// Runs in: parent. Kernel interface: cgroups(7), proc(5) cgroup. The container may have made the
// groups below its own.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "parts/cgroup/layout.h"
#include "safe/host_procfs.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

bool names(SubGroup const& sub, Place const& place) {
    return std::ranges::any_of(sub.controllers, [&](std::string const& controller) {
        return std::ranges::find(place.controllers, controller) != place.controllers.end();
    });
}

/// The sub-group for that hierarchy.
SubGroup const* find(std::vector<SubGroup> const& below, Place const& place) {
    auto const found = std::ranges::find_if(below, [&](SubGroup const& sub) {
        return sub.controllers.empty() || (!place.v2 && names(sub, place));
    });
    return found == below.end() ? nullptr : &*found;
}

Result<> check_controllers(std::vector<SubGroup> const& below, std::vector<Place> const& places) {
    for (auto const& sub : below)
        for (auto const& controller : sub.controllers)
            if (std::ranges::none_of(places, [&](Place const& place) {
                    return !place.v2 && names({{controller}, {}}, place);
                }))
                return fail(Kind::config, "sub-cgroup ", quoted(sub.path),
                            ": the container has no "
                            "cgroup v1 hierarchy of the controller ",
                            quoted(controller));
    return {};
}

} // namespace

Result<SpawnGroups> Groups::spawn_groups(std::vector<SubGroup> const& below) const {
    if (below.empty()) return spawn_groups();
    TRY(check_controllers(below, places_));
    SpawnGroups spawn_groups;
    bool found = false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto const& place = places_[i];
        auto const* const sub = find(below, place);
        auto group = open_group(directories_[i].number(), sub ? sub->path : "");
        found |= sub && group;
        // Without controllers it means each hierarchy that has such a group.
        if (!group && group.error() == Errno{ENOENT} && sub && sub->controllers.empty()
            && places_.size() > 1)
            group = open_group(directories_[i].number(), "");
        if (!group)
            return std::unexpected(
                Error{Kind::config, group.error().value,
                      text("sub-cgroup ", quoted(sub ? sub->path : ""), " of ", quoted_file(place),
                           ": ", errno_text(group.error().value))});
        if (place.v2)
            spawn_groups.unified = *std::move(group);
        else
            spawn_groups.tasks.push_back(
                TRY(context(sys::openat(group->number(), "tasks", O_WRONLY), "open ",
                            quoted_file(place, "tasks"))));
    }
    if (!found && !places_.empty())
        return fail(Kind::config, "sub-cgroup ", quoted(below.front().path),
                    ": no such group below ", quoted_file(places_.front()), ", or its like");
    return spawn_groups;
}

namespace {

/// The groups of process `pid`.
Result<std::vector<Membership>> memberships_of(int pid) {
    auto const file = text("/proc/", pid, "/cgroup");
    auto const proc = TRY(safe::open_procfs());
    auto const list = TRY(context(proc.open_file(pid, "cgroup", O_RDONLY), "open ", quoted(file)));
    char content[8192];
    auto const size =
        TRY(context(sys::read(list.number(), content, sizeof content), "read ", quoted(file)));
    return parse_memberships({content, size});
}

/// The group in the hierarchy of `place`.
Result<CgroupFd> group_of(Place const& place, std::vector<Membership> const& memberships) {
    for (auto const& membership : memberships)
        if (place.v2 ? membership.controllers.empty()
                     : names({membership.controllers, {}}, place)) {
            auto const mount = TRY(context(sys::openat(sys::cwd, place.mount.c_str(), O_PATH),
                                           "open ", quoted(place.mount)));
            return context(open_group(mount.number(), membership.path), "open cgroup ",
                           quoted(place.mount + membership.path));
        }
    return fail(Kind::system, "the container's process is in no group of ", quoted(place.mount));
}

} // namespace

Result<CgroupFd> Groups::unified_of(int pid) const {
    auto const unified = std::ranges::find(places_, true, &Place::v2);
    if (unified == places_.end()) return CgroupFd();
    return group_of(*unified, TRY(memberships_of(pid)));
}

Result<> Groups::follow(int pid) {
    if (std::ranges::all_of(directories_, [](auto const& directory) { return bool(directory); }))
        return {};
    auto const memberships = TRY(memberships_of(pid));
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (!directories_[i]) directories_[i] = TRY(group_of(places_[i], memberships));
    return {};
}

bool is_divided(CgroupFd const& group) {
    auto const controllers = get(group.number(), "cgroup.subtree_control");
    return controllers && controllers->find_first_not_of('\n') != controllers->npos;
}

Result<> let_move_itself(SpawnGroups& spawn_groups) {
    if (!spawn_groups.unified) return {};
    spawn_groups.tasks.push_back(
        TRY(context(sys::openat(spawn_groups.unified.number(), "cgroup.procs", O_WRONLY),
                    "open cgroup.procs")));
    spawn_groups.unified.reset();
    return {};
}

} // namespace davit::cgroup
