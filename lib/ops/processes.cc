// SPDX-License-Identifier: Apache-2.0
// ops/processes.cc - which processes live in a container. Runs in: parent.
#include "ops/runtime.h"

namespace davit {

Result<std::vector<int>> Container::processes() const {
    auto const now = TRY(ops::find_process(impl_->entry));
    // If create was interrupted, the groups may belong to other processes.
    if (!now.record.complete) return std::vector<int>{};
    if (!now.record.groups.empty()) return TRY(cgroup::Groups::open(now.record.groups)).processes();
    return now.process ? std::vector{now.record.init.pid} : std::vector<int>{};
}

} // namespace davit
