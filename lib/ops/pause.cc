// SPDX-License-Identifier: Apache-2.0
// ops/pause.cc - freezes and thaws all processes of a container. Runs in: parent.
#include "davit/contract.h"
#include "ops/runtime.h"

namespace davit {

namespace {

Result<> freeze(state::Entry const& entry) {
    auto const now = TRY(ops::look(entry));
    if (now.status == spec::Status::paused)
        return fail(Kind::state, contract::not_running, ": it is paused already");
    if (now.status != spec::Status::running && now.status != spec::Status::created)
        return fail(Kind::state, contract::not_running);
    return TRY(cgroup::Groups::open(now.record.groups)).freeze();
}

Result<> thaw(state::Entry const& entry) {
    auto const now = TRY(ops::look(entry));
    if (now.status != spec::Status::paused)
        return fail(Kind::state, "container not paused: it is ", ops::word(now.status));
    return TRY(cgroup::Groups::open(now.record.groups)).thaw();
}

} // namespace

Result<> Container::pause() {
    return impl_->entry.locked([&] { return freeze(impl_->entry); });
}

Result<> Container::resume() {
    return impl_->entry.locked([&] { return thaw(impl_->entry); });
}

} // namespace davit
