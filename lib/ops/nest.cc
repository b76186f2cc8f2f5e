// SPDX-License-Identifier: Apache-2.0
// ops/nest.cc - the cgroups of a process that is added to a container. Runs in: parent.
#include "ops/nest.h"

#include <limits.h>

#include <cerrno>

#include "base/text.h"
#include "safe/root.h"
#include "sys/file.h"

namespace davit::ops {

namespace {

/// By the kernel's word.
std::string name_of(Fd const& file) {
    char path[PATH_MAX];
    auto const size =
        sys::readlinkat(sys::cwd, safe::FdPath(file.number()).text, path, sizeof path);
    return quoted(std::string_view{path, size.value_or(0)});
}

} // namespace

Nest::Nest(cgroup::Groups groups, std::vector<SubCgroup> const& wanted, int container)
    : groups_(std::move(groups)), container_(container) {
    for (auto const& one : wanted) below_.push_back({one.controllers, one.path});
}

Result<> Nest::choose(bool moves_itself) {
    may_be_beside_ = below_.empty();
    if (may_be_beside_) TRY(groups_->follow(container_));
    birth_ = TRY(groups_->birth(below_));
    if (!moves_itself) return {};
    if (may_be_beside_ && birth_.unified && cgroup::is_divided(birth_.unified)) TRY(go_beside());
    return cgroup::let_move_itself(birth_);
}

Result<bool> Nest::has_another(Error const& error) {
    if (error.errnum != EBUSY || !may_be_beside_ || !birth_.unified) return false;
    TRY(go_beside());
    return true;
}

bool Nest::may_move_itself(Error const& error) const {
    return !moves_itself_ && !later_ && !places().empty()
           && (error.errnum == ENODEV || error.errnum == ESRCH);
}

Result<> Nest::let_move_itself() {
    groups_ = TRY(cgroup::Groups::open(places()));
    moves_itself_ = true;
    return choose(true);
}

bool Nest::may_take_later(Error const& error) const {
    return !later_ && !places().empty() && error.errnum == EAGAIN;
}

Result<> Nest::take_later() {
    TRY(let_move_itself());
    later_ = true;
    return {};
}

void Nest::rest() {
    places_ = places();
    groups_.reset();
    if (!later_) birth_ = {};
}

Result<> Nest::take(int pid) const {
    auto const number = text(pid);
    for (auto const& tasks : birth_.tasks)
        if (auto const moved = sys::write_once(tasks.number(), number.data(), number.size());
            !moved)
            return fail_errno(moved.error(), "move the process to the container's cgroups: write ",
                              number, " to ", name_of(tasks));
    return {};
}

Result<> Nest::go_beside() {
    may_be_beside_ = false;
    birth_.unified = TRY(groups_->unified_of(container_));
    return {};
}

} // namespace davit::ops
