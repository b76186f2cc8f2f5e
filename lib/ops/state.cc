// SPDX-License-Identifier: Apache-2.0
// ops/state.cc - the present state of a container. Runs in: parent. runtime.md#state.
#include "ops/runtime.h"

#include "davit/config.h"
#include "spec/names.h"
#include "sys/deadline.h"
#include "sys/file.h"

namespace davit {

namespace ops {

std::string_view word(spec::Status status) { return json::name_of(status); }

spec::State describe(state::Record record, spec::Status status, int pid) {
    spec::State state;
    state.oci_version = record.oci_version.empty() ? oci_version : std::move(record.oci_version);
    state.id = std::move(record.id);
    state.status = status;
    state.pid = pid;
    state.bundle = std::move(record.bundle);
    state.rootfs = std::move(record.rootfs);
    state.created = std::move(record.created);
    state.annotations = std::move(record.annotations);
    return state;
}

Result<Now> find_process(state::Entry const& entry) {
    Now now;
    auto record = TRY(entry.read());
    if (!record) {
        // create has just begun, or delete is about to end: both take only microseconds more.
        sys::Deadline(std::chrono::milliseconds(2)).sleep(std::chrono::milliseconds(2));
        record = TRY(entry.read());
    }
    if (!record) return now;
    now.record = std::move(*record);
    now.process = TRY(state::open_process(now.record.init));
    // The creating process holds the lock; without it the container will never be complete.
    if (now.record.complete)
        now.status = now.process ? spec::Status::running : spec::Status::stopped;
    return now;
}

Result<Now> look_past_gate(state::Entry const& entry) {
    auto now = TRY(find_process(entry));
    if (now.status == spec::Status::running && TRY(cgroup::is_frozen(now.record.groups)))
        now.status = spec::Status::paused;
    return now;
}

Result<Now> look(state::Entry const& entry) {
    // First the freezer: a frozen init doesn't answer at its gate.
    auto now = TRY(look_past_gate(entry));
    if (now.status != spec::Status::running) return now;
    // The gate stays open for ever once the program runs; init listens only before that.
    now.gate = TRY(entry.connect_to_gate());
    if (now.gate) now.status = spec::Status::created;
    return now;
}

bool wait_until_exit(PidFd const& process, std::chrono::milliseconds patience) {
    return sys::Deadline(patience).wait(process.number(), POLLIN);
}

} // namespace ops

Result<spec::State> Container::state() const {
    auto now = TRY(ops::look(impl_->entry));
    now.record.id = impl_->entry.id(); // the record may not exist yet
    auto const pid = now.process ? now.record.init.pid : 0;
    return ops::describe(std::move(now.record), now.status, pid);
}

Result<PidFd> Container::process() const {
    auto const record = TRY(impl_->entry.read());
    if (!record) return PidFd();
    return state::open_process(record->init);
}

} // namespace davit
