// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/plan.h - config.json's profile: what to filter. Runs in: parent, pure.
//
// The program depends on libseccomp: host.h makes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/seccomp/seccomp.h"

namespace davit::seccomp {

/// Kind::config for a profile under which init would wait for ever. [config-linux.md#seccomp]
Result<InitPlan> plan(spec::Config const& config);

/// Warns of the parts of a profile that have no effect.
void doubts(spec::Seccomp const& profile, std::vector<std::string>& warnings);

/// Whether an action is SCMP_ACT_NOTIFY: without one listenerPath is ignored.
bool notifies(spec::Seccomp const& profile);

/// The value that a rule or the default returns for SCMP_ACT_ERRNO and SCMP_ACT_TRACE.
std::uint32_t errno_of(std::optional<std::uint32_t> wanted);

/// Whether a rule only repeats the default: libseccomp refuses such a rule.
bool is_default(spec::Seccomp const& profile, spec::Syscall const& rule);

/// Whether the container gets ENOSYS for system calls newer than those of the profile: see newer.h.
bool hides_newer(spec::Seccomp const& profile);

/// The conditions of a rule: it matches if all conditions of any one element hold. Conditions that
/// name one argument twice are alternatives, as in runc: libseccomp can't join them.
std::vector<std::vector<spec::SeccompArg>> alternatives(std::vector<spec::SeccompArg> const& args);

/// All that the program depends on, as bytes; `maker` names the translator. Without flags and
/// listener: init and the parent use those.
std::string key(spec::Seccomp const& profile, std::string_view maker);

/// For `davit explain`.
void print(spec::Seccomp const& profile, InitPlan const& inside, std::string& out);

} // namespace davit::seccomp
