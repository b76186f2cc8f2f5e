// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/denied.h - which of init's own system calls a profile forbids. Runs in: parent,
// pure.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string>

#include "plan/init_plan.h"

namespace davit::seccomp {

/// "listen, accept4": the calls that init makes behind an early filter (docs/decisions/seccomp.md)
/// and the plan's filter doesn't allow. Empty where all is allowed.
std::string denied_to_init(plan::View plan);

/// Words behind the story of an execve(2) that failed, where the filter forbids that call itself.
std::string why_no_execve(std::span<sock_filter const> program);

} // namespace davit::seccomp
