// SPDX-License-Identifier: Apache-2.0
// ops/kill.cc - signals. Runs in: parent. runtime.md#kill.
#include "davit/contract.h"
#include "ops/runtime.h"
#include "sys/process.h"

namespace davit {

namespace {

Result<> kill_all_processes(state::Entry& entry, ops::Now const& now, int signal) {
    auto const groups = TRY(cgroup::Groups::open(now.record.groups));
    // They are frozen while they get the signal: take the lock against pause and resume.
    if (signal != SIGKILL && signal != 0)
        return entry.locked([&] { return groups.kill_all(signal); });
    return groups.kill_all(signal);
}

} // namespace

Result<> Container::kill(int signal, bool all) {
    if (signal < 0 || signal > 64) return fail(Kind::config, "unknown signal ", signal);
    auto const now = TRY(ops::find_process(impl_->entry));
    auto const& record = now.record;
    if (!record.complete) return fail(Kind::state, contract::not_running);
    // Without groups (CgroupDriver::none) davit knows only init.
    bool const grouped = !record.groups.empty();
    if (all && grouped) return kill_all_processes(impl_->entry, now, signal);
    // No process is left: success, as with empty groups.
    if (all && !now.process) return {};
    // Without a pid namespace of its own, the end of the container's process doesn't end the
    // others: they may have survived it.
    if (signal == SIGKILL && grouped && !record.own_pid_namespace()) {
        auto const groups = TRY(cgroup::Groups::open(record.groups));
        if (now.process || !TRY(groups.processes()).empty()) return groups.kill_all(signal);
    }
    if (!now.process) return fail(Kind::state, contract::not_running);
    auto const sent = sys::pidfd_send_signal(now.process, signal);
    if (!sent && sent.error() == Errno{ESRCH}) return fail(Kind::state, contract::not_running);
    TRY(context(Sys<>(sent), "unable to signal init: send signal ", signal, " to process ",
                record.init.pid));
    return signal == SIGKILL ? cgroup::thaw_killed(record.groups) : Result<>{};
}

} // namespace davit
