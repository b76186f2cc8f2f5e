// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host.h - turns profiles into programs; tells the agent. Runs in: parent.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"

namespace davit::seccomp {

using Program = std::vector<sock_filter>;

/// The program of a profile: from the cache in the state directory `root`, else translated and
/// stored there. A bad cache is no error: the profile is translated anew. Thread-safe.
Result<Program> program(spec::Seccomp const& profile, int root);

/// Uses libseccomp: some milliseconds for an engine's default profile. Kind::config with the JSON
/// pointer if libseccomp refuses it; Kind::unsupported without libseccomp. Thread-safe.
Result<Program> translate(spec::Seccomp const& profile);

/// A warning for each system call that translate() skips, if that filters the container less. runc
/// and crun skip them as well.
std::vector<std::string> unknown_calls(spec::Seccomp const& profile);

/// "2.5.4"; "" if this library was built without libseccomp.
std::string libseccomp_version();

/// Whether this libseccomp knows it; also for an architecture of another byte order than the
/// machine's.
bool is_known(spec::SeccompArch arch);

/// For `davit features`: the names that davit knows, the flags that this kernel has.
spec::SeccompFeatures support();

/// Hands a listener to the agent at `path`, in one message with `state`; 10 s at most.
Result<> tell_agent(std::string const& path, std::string const& state, Fd const& listener);

} // namespace davit::seccomp
