// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/denied.h - which of init's own system calls a profile forbids. Runs in: parent,
// pure.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string>

#include "plan/init_plan.h"

namespace davit::seccomp {

/// "listen, accept4": the calls that init makes after an early filter is loaded
/// (docs/decisions/seccomp.md) and the plan's filter forbids. "" if all are allowed.
std::string denied_to_init(plan::View plan);

/// Words to append to the story of a failed execve(2), if the filter forbids that call itself.
std::string why_no_execve(std::span<sock_filter const> program);

} // namespace davit::seccomp
