// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/plan.h - config.json's profile: what the filter shall be. Runs in: parent, pure.
//
// The program itself depends on libseccomp: host.h makes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/seccomp/seccomp.h"

namespace davit::seccomp {

/// Kind::config for a profile under which init would wait for itself. [config-linux.md#seccomp]
Result<InitPlan> plan(spec::Config const& config);

/// What a profile says in vain.
void doubts(spec::Seccomp const& profile, std::vector<std::string>& warnings);

/// Whether an action is SCMP_ACT_NOTIFY: else listenerPath is ignored.
bool notifies(spec::Seccomp const& profile);

/// What a rule or the default returns for SCMP_ACT_ERRNO and SCMP_ACT_TRACE.
std::uint32_t errno_of(std::optional<std::uint32_t> wanted);

/// Whether a rule says what holds without it: libseccomp refuses such a rule.
bool is_default(spec::Seccomp const& profile, spec::Syscall const& rule);

/// Whether system calls newer than all that the profile names don't exist for the container: see
/// newer.h.
bool hides_newer(spec::Seccomp const& profile);

/// The conditions of a rule: all of one element must hold, of any element. As in runc, conditions
/// that name one argument twice are alternatives, since libseccomp can't join them.
std::vector<std::vector<spec::SeccompArg>> alternatives(std::vector<spec::SeccompArg> const& args);

/// All that the program depends on, as bytes; `maker` is who translates. Not the flags and the
/// listener: they are init's and the parent's business.
std::string key(spec::Seccomp const& profile, std::string_view maker);

/// For `davit explain`.
void print(spec::Seccomp const& profile, InitPlan const& inside, std::string& out);

} // namespace davit::seccomp
