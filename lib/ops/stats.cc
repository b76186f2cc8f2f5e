// SPDX-License-Identifier: Apache-2.0
// ops/stats.cc - what a container uses, and learning that it runs out of memory. Runs in: parent.
#include "parts/network/stats.h"
#include "ops/runtime.h"

#include "davit/contract.h"

namespace davit {

namespace {

Result<state::Record> complete_record(state::Entry const& entry) {
    auto record = TRY(entry.read());
    if (!record || !record->complete) return fail(Kind::state, contract::not_running);
    return *std::move(record);
}

/// Another process may have this pid by now; not while the container's process exists.
Result<network::Interfaces> interfaces(state::Identity const& init) {
    auto const process = TRY(state::open_process(init));
    if (!process) return {};
    auto found = TRY(network::interfaces_of(init.pid));
    if (state::has_exited(process)) found.clear();
    return found;
}

} // namespace

Result<Stats> Container::stats() const {
    auto const record = TRY(complete_record(impl_->entry));
    Stats stats;
    TRY(TRY(cgroup::Groups::open(record.groups)).read(stats));
    if (record.rdt) stats.rdt = TRY(rdt::read(*record.rdt));
    stats.interfaces = TRY(interfaces(record.init));
    return stats;
}

Result<OomWatch> Container::watch_oom() const {
    auto const record = TRY(complete_record(impl_->entry));
    return TRY(cgroup::Groups::open(record.groups)).watch_oom();
}

} // namespace davit
