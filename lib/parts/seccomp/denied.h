// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/denied.h - which of init's own system calls a profile forbids. Runs in: parent,
// pure.
#pragma once

#include <string>

#include "plan/inside.h"

namespace davit::seccomp {

/// "listen, accept4": of what init calls behind an early filter, and lib/README.md lists, what the
/// plan's filter doesn't allow. Empty where all is allowed.
std::string denied_to_init(plan::View plan);

} // namespace davit::seccomp
