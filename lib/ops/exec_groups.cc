// SPDX-License-Identifier: Apache-2.0
// ops/exec_groups.cc - the cgroups of a process that is added to a container. Runs in: parent.
#include "ops/exec_groups.h"

#include <limits.h>

#include <cerrno>

#include "base/text.h"
#include "safe/root.h"
#include "sys/file.h"

namespace davit::ops {

namespace {

/// The kernel's name of the file.
std::string name_of(Fd const& file) {
    char path[PATH_MAX];
    auto const size =
        sys::readlinkat(sys::cwd, safe::FdPath(file.number()).text, path, sizeof path);
    return quoted(std::string_view{path, size.value_or(0)});
}

} // namespace

ExecGroups::ExecGroups(cgroup::Groups groups, std::vector<SubCgroup> const& wanted, int container)
    : groups_(std::move(groups)), container_(container) {
    for (auto const& one : wanted) below_.push_back({one.controllers, one.path});
}

Result<> ExecGroups::choose(bool moves_itself) {
    may_use_group_of_init_ = below_.empty();
    if (may_use_group_of_init_) TRY(groups_->follow(container_));
    spawn_ = TRY(groups_->spawn_groups(below_));
    if (!moves_itself) return {};
    if (may_use_group_of_init_ && spawn_.unified && cgroup::is_divided(spawn_.unified))
        TRY(use_group_of_init());
    return cgroup::let_move_itself(spawn_);
}

Result<bool> ExecGroups::has_another(Error const& error) {
    if (error.errnum != EBUSY || !may_use_group_of_init_ || !spawn_.unified) return false;
    TRY(use_group_of_init());
    return true;
}

bool ExecGroups::may_move_itself(Error const& error) const {
    return !moves_itself_ && !later_ && !places().empty()
           && (error.errnum == ENODEV || error.errnum == ESRCH);
}

Result<> ExecGroups::let_move_itself() {
    groups_ = TRY(cgroup::Groups::open(places()));
    moves_itself_ = true;
    return choose(true);
}

bool ExecGroups::may_move_later(Error const& error) const {
    return !later_ && !places().empty() && error.errnum == EAGAIN;
}

Result<> ExecGroups::move_later() {
    TRY(let_move_itself());
    later_ = true;
    return {};
}

void ExecGroups::rest() {
    places_ = places();
    groups_.reset();
    if (!later_) spawn_ = {};
}

Result<> ExecGroups::take(int pid) const {
    auto const number = text(pid);
    for (auto const& tasks : spawn_.tasks)
        if (auto const moved = sys::write_once(tasks.number(), number.data(), number.size());
            !moved)
            return fail_errno(moved.error(), "move the process to the container's cgroups: write ",
                              number, " to ", name_of(tasks));
    return {};
}

Result<> ExecGroups::use_group_of_init() {
    may_use_group_of_init_ = false;
    spawn_.unified = TRY(groups_->unified_of(container_));
    return {};
}

} // namespace davit::ops
