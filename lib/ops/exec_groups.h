// SPDX-License-Identifier: Apache-2.0
// ops/exec_groups.h - the cgroups of a process that is added to a container. Runs in: parent.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "davit/runtime.h"
#include "parts/cgroup/cgroup.h"

namespace davit::ops {

/// Where the process is born, or where the parent moves it once it is ready.
class ExecGroups {
  public:
    /// `container` is the pid of the container's process: its groups are used where the container's
    /// own are gone.
    ExecGroups(cgroup::Groups groups, std::vector<SubCgroup> const& wanted, int container);

    Result<> choose(bool moves_itself);

    /// Whether to try once more, in the present v2 group of the container's process: the
    /// container's own group was divided.
    Result<bool> has_another(Error const& error);

    /// Whether a process that is born elsewhere, and moves itself before it joins anything, may
    /// succeed after `error`. A group may be removed between the look and clone3; Linux 6.18 kills
    /// a process that clone3 puts into a group that was ever killed.
    [[nodiscard]] bool may_move_itself(Error const& error) const;
    /// From now on the process moves itself. Looks at the container's groups anew.
    Result<> let_move_itself();
    /// Whether a process that the parent moves once it is ready may succeed after `error`: the
    /// kernel checks the limit of processes at a fork, not at a move. Until then the process is in
    /// the parent's groups and visible in the container's pid namespace: not done where a
    /// container's process may trace it.
    [[nodiscard]] bool may_move_later(Error const& error) const;
    /// From now on the process is born in the parent's groups; take() moves it.
    Result<> move_later();
    /// Moves it. (Only after move_later().)
    [[nodiscard]] Result<> take(int pid) const;

    /// The process is born: closes what only another try would need; that try opens it again.
    void rest();

    [[nodiscard]] bool moves_later() const { return later_; }
    [[nodiscard]] int cgroup() const { return spawn_.unified.number(); }
    [[nodiscard]] std::span<Fd const> tasks() const {
        return later_ ? std::span<Fd const>() : spawn_.tasks;
    }

  private:
    Result<> use_group_of_init();
    [[nodiscard]] std::vector<cgroup::Place> const& places() const {
        return groups_ ? groups_->places() : places_;
    }
    std::optional<cgroup::Groups> groups_; ///< empty: to be opened again
    std::vector<cgroup::Place> places_;
    std::vector<cgroup::SubGroup> below_;
    int container_;
    cgroup::SpawnGroups spawn_;
    bool may_use_group_of_init_ = false;
    bool moves_itself_ = false;
    bool later_ = false;
};

} // namespace davit::ops
