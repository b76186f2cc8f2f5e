// SPDX-License-Identifier: Apache-2.0
// ops/remove.cc - removes everything that create made. Runs in: parent. runtime.md#delete.
#include "davit/contract.h"
#include "ops/runtime.h"
#include "parts/hooks/host.h"
#include "sys/process.h"

namespace davit {

namespace {

using namespace std::chrono_literals;

Result<> may_be_removed(ops::Now const& now, std::string_view id, Removal how) {
    if (how == Removal::force || now.status == spec::Status::stopped
        || now.status == spec::Status::created)
        return {};
    return fail(Kind::state, contract::removal_of, id, contract::not_stopped,
                ops::word(now.status));
}

Result<> end_processes(ops::Now const& now) {
    if (now.process) {
        auto const sent = sys::pidfd_send_signal(now.process, SIGKILL);
        if (!sent && sent.error() != Errno{ESRCH})
            return fail_errno(sent.error(), "kill process ", now.record.init.pid);
    }
    if (cgroup::is_anothers(now.record.unit, now.record.groups)) return {};
    // An interrupted create has started only init; any other process in a group of that name isn't
    // the container's.
    if (!now.record.complete) return {};
    // The kernel ended a pid namespace with its init, and all processes in it.
    if (!now.process && now.record.own_pid_namespace()) return {};
    // Processes that survive init (in a shared pid namespace), frozen ones too.
    auto const groups = TRY(cgroup::Groups::open(now.record.groups));
    if (!TRY(groups.processes()).empty()) TRY(groups.kill_all(SIGKILL));
    if (now.process && !ops::wait_until_exit(now.process, 10s))
        return fail(Kind::state, "container init still running: process ", now.record.init.pid,
                    " has not ended 10 s after SIGKILL", groups.describe_processes());
    return {};
}

/// For a container whose record is lost: a copy tells which processes it has.
Result<ops::Now> look_at_damaged(state::Entry const& entry) {
    ops::Now now;
    now.record = TRY(entry.salvage());
    now.process = TRY(state::open_process(now.record.init));
    now.status = now.process ? spec::Status::running : spec::Status::stopped;
    return now;
}

Result<ops::Now> look(state::Entry const& entry, Removal how) {
    auto now = ops::look(entry);
    if (how != Removal::force) return now;
    // A record without an id was lost, or create has not written it yet.
    if (now && now->record.id.empty()) {
        auto const kept = entry.kept_config();
        if (kept) return look_at_damaged(entry);
        if (kept.error().kind != Kind::state) return std::unexpected(kept.error());
    }
    // If the record could not be read now (no fds, no memory, an error of the disk), it is whole
    // and says more than its copy: a later try can use it.
    auto const is_damaged = [&] {
        auto const record = entry.read();
        return !record && record.error().kind == Kind::system && record.error().errnum == 0;
    };
    if (!now && now.error().kind != Kind::not_found && is_damaged()) return look_at_damaged(entry);
    return now;
}

} // namespace

std::vector<std::string> ops::run_poststop(state::Record const& record) {
    return hooks::run_poststop(record.hooks, describe(record, spec::Status::stopped, 0));
}

Result<std::vector<std::string>> Container::remove(Removal how) {
    auto& entry = impl_->entry;
    if (auto const locked = entry.lock(); !locked) {
        // The process that holds the lock may hang with its init, in a mount of a dead server. Once
        // init is killed, it undoes everything itself.
        if (how != Removal::force || locked.error().kind != Kind::state)
            return std::unexpected(locked.error());
        if (auto const now = ops::look(entry); now && now->process)
            (void)sys::pidfd_send_signal(now->process, SIGKILL);
        auto const again = entry.lock();
        if (!again && again.error().kind == Kind::not_found) return {};
        TRY(again);
    }
    auto const removed = [&]() -> Result<state::Record> {
        auto now = TRY(look(entry, how));
        TRY(may_be_removed(now, entry.id(), how));
        TRY(end_processes(now));
        // Asked again: a unit ends with its processes; by now another one may have its name.
        if (!cgroup::is_anothers(now.record.unit, now.record.groups))
            TRY(cgroup::remove(now.record.unit, now.record.groups));
        if (now.record.rdt) TRY(rdt::remove(*now.record.rdt));
        if (now.record.cover) TRY(rootfs::uncover(*now.record.cover));
        TRY(entry.remove());
        return std::move(now.record);
    }();
    entry.unlock();
    if (!removed) return std::unexpected(removed.error());
    return ops::run_poststop(*removed);
}

} // namespace davit
