// SPDX-License-Identifier: Apache-2.0
// ops/kill.cc - signals. Runs in: parent. runtime.md#kill.
#include "ops/runtime.h"
#include "sys/process.h"

namespace davit {

Result<> Container::kill(int signal, bool all) {
    if (signal < 0 || signal > 64) return fail(Kind::config, "unknown signal ", signal);
    auto const now = TRY(ops::look(impl_->entry));
    auto const& record = now.record;
    if (!record.complete) return fail(Kind::state, "container not running");
    // Without a pid namespace of its own a container has no process whose end is the others' end.
    bool const everybody = all || (signal == SIGKILL && !record.own_pid_namespace);
    if (everybody) {
        // Also when init is gone: then there may be others still.
        if (!now.process && !all) return fail(Kind::state, "container not running");
        return TRY(cgroup::Groups::open(record.groups)).kill_all(signal);
    }
    if (!now.process) return fail(Kind::state, "container not running");
    auto const sent = sys::pidfd_send_signal(now.process, signal);
    if (!sent && sent.error() == Errno{ESRCH}) return fail(Kind::state, "container not running");
    TRY(context(Sys<>(sent), "unable to signal init: send signal ", signal, " to process ",
                record.init.pid));
    // v1's freezer holds even those who are to die.
    if (now.status == spec::Status::paused && signal == SIGKILL)
        return TRY(cgroup::Groups::open(record.groups)).thaw();
    return {};
}

} // namespace davit
