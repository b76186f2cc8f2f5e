// SPDX-License-Identifier: Apache-2.0
// ops/runtime.h - what the public classes are made of. Runs in: parent.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "davit/runtime.h"
#include "parts/cgroup/cgroup.h"
#include "plan/plan.h"
#include "state/store.h"

namespace davit {

struct Runtime::Impl {
    state::Store store;
};

struct Container::Impl {
    state::Entry entry;
};

namespace ops {

/// The state of a container, and the process that shows it.
struct Now {
    spec::Status status = spec::Status::creating;
    state::Record record;
    PidFd process; ///< empty when there is none (any more)
    Fd gate;       ///< a connection to the gate, when it is created
};

/// Reads the record, then asks the kernel. Never waits.
Result<Now> look(state::Entry const& entry);

/// The same without the gate: a created one is "running" as well.
Result<Now> look_past_gate(state::Entry const& entry);

/// Only asks whether its process exists: created and paused ones are "running" as well.
Result<Now> find_process(state::Entry const& entry);

/// The state in the form of runtime.md. [runtime.md#state]
spec::State describe(state::Record record, spec::Status status, int pid);

/// Hands the container's seccomp listener to its agent. [config-linux.md#containerprocessstate]
Result<> tell_agent(state::Record const& record, spec::Status status, int pid, Fd const& listener);

/// The last step of a container's life: runs its poststop hooks. Their failures are warnings.
std::vector<std::string> run_poststop(state::Record const& record);

/// "created", "running", …
std::string_view word(spec::Status status);

/// Waits until the process has exited; false if it takes longer.
bool wait_until_exit(PidFd const& process, std::chrono::milliseconds patience);

/// The plan of `options` and the config.json it comes from.
struct Prepared {
    spec::Config config;
    std::size_t own_environment = 0; ///< how many variables are config.json's
    std::string bundle;
    plan::Plan plan;
};
/// What the first try of create leaves for the second.
struct Earlier {
    std::optional<std::string> document; ///< config.json as it was read: it may be a FIFO
    std::string refused; ///< why the caller's own groups must do, see cgroup::Placement; or ""
};
/// The first try reads config.json and calls the caller's check.
Result<Prepared> prepare(std::string_view id, CreateOptions const& options,
                         state::Store const& store, Earlier& earlier);

} // namespace ops
} // namespace davit
