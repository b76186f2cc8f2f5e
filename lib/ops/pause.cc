// SPDX-License-Identifier: Apache-2.0
// ops/pause.cc - all processes of a container stop where they are, and go on. Runs in: parent.
#include "davit/contract.h"
#include "ops/runtime.h"

namespace davit {

namespace {

Result<> freeze(state::Entry const& entry) {
    auto const now = TRY(ops::look(entry));
    if (now.status != spec::Status::running && now.status != spec::Status::created)
        return fail(Kind::state, contract::not_running);
    return TRY(cgroup::Groups::open(now.record.groups)).freeze();
}

Result<> thaw(state::Entry const& entry) {
    auto const now = TRY(ops::look(entry));
    if (now.status != spec::Status::paused) return fail(Kind::state, "container not paused");
    return TRY(cgroup::Groups::open(now.record.groups)).thaw();
}

} // namespace

Result<> Container::pause() {
    auto& entry = impl_->entry;
    TRY(entry.lock());
    auto done = freeze(entry);
    entry.unlock();
    return done;
}

Result<> Container::resume() {
    auto& entry = impl_->entry;
    TRY(entry.lock());
    auto done = thaw(entry);
    entry.unlock();
    return done;
}

} // namespace davit
