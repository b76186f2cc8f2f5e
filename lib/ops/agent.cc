// SPDX-License-Identifier: Apache-2.0
// ops/agent.cc - tells the container's seccomp agent about it. Runs in: parent.
// config-linux.md#containerprocessstate.
#include "davit/config.h"
#include "json/json.h"
#include "ops/runtime.h"
#include "parts/seccomp/host.h"
#include "spec/fields.h"

namespace davit::ops {

Result<> tell_agent(state::Record const& record, spec::Status status, int pid, Fd const& listener) {
    spec::ProcessState process;
    process.state = describe(record, status, pid);
    process.oci_version = process.state.oci_version;
    process.fds = {"seccompFd"};
    process.pid = pid;
    process.metadata = record.seccomp_metadata;
    return seccomp::tell_agent(record.seccomp_agent, json::write(process), listener);
}

} // namespace davit::ops
