// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host.h - profiles become programs; the agent that answers. Runs in: parent.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"

namespace davit::seccomp {

using Program = std::vector<sock_filter>;

/// The program of a profile: from the cache in the state directory `root`, or translated and put
/// there. What is wrong with the cache is no error: it is translated anew. Thread-safe.
Result<Program> program(spec::Seccomp const& profile, int root);

/// Through libseccomp: some milliseconds for an engine's default profile. Kind::config with the
/// JSON pointer for what it refuses; Kind::unsupported if there is no libseccomp. Thread-safe.
Result<Program> translate(spec::Seccomp const& profile);

/// Warnings: the system calls that translate() skips, where that makes the container less filtered.
/// runc and crun skip them as well.
std::vector<std::string> unknown_calls(spec::Seccomp const& profile);

/// "2.5.4"; empty if this library was built without.
std::string libseccomp_version();

/// By this libseccomp; one of another byte order than the machine's is known as well.
bool is_known(spec::SeccompArch arch);

/// What `davit features` tells: the names that davit knows, the flags that this kernel has.
spec::SeccompFeatures support();

/// Hands a listener to the agent at `path`, in one message with `state`; 10 s at most.
Result<> tell_agent(std::string const& path, std::string const& state, Fd const& listener);

} // namespace davit::seccomp
