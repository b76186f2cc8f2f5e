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

/// Where it is born, or where it is moved to once it is ready.
class ExecGroups {
  public:
    /// `container` is the pid of the container's process, into whose groups it goes where the
    /// container's own are gone.
    ExecGroups(cgroup::Groups groups, std::vector<SubCgroup> const& wanted, int container);

    Result<> choose(bool moves_itself);

    /// Whether to try once more, in the v2 group that the container's process is in now: the
    /// container's own has been divided.
    Result<bool> has_another(Error const& error);

    /// Whether a process that is born elsewhere, and moves itself before it joins anything, may
    /// succeed after `error`: a group may be removed between our look and clone3; Linux 6.18
    /// kills what clone3 puts into a group that was ever killed.
    [[nodiscard]] bool may_move_itself(Error const& error) const;
    /// From now on it moves itself. Looks at the container's groups anew.
    Result<> let_move_itself();
    /// Whether a process that is moved once it is ready may succeed after `error`: the kernel
    /// counts forks against a limit of processes, not moves. Until then it is in our own groups,
    /// and seen in the container's pid namespace: not where a process may have the right to trace
    /// it.
    [[nodiscard]] bool may_move_later(Error const& error) const;
    /// From now on it is to be born in our own groups, and moved by take().
    Result<> move_later();
    /// Moves it. (Only after move_later().)
    [[nodiscard]] Result<> take(int pid) const;

    /// The process is born: closes what only another try would need, which opens it again.
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
    std::optional<cgroup::Groups> groups_; ///< empty: they are to be opened again
    std::vector<cgroup::Place> places_;
    std::vector<cgroup::SubGroup> below_;
    int container_;
    cgroup::SpawnGroups spawn_;
    bool may_use_group_of_init_ = false;
    bool moves_itself_ = false;
    bool later_ = false;
};

} // namespace davit::ops
