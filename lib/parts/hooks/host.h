// SPDX-License-Identifier: Apache-2.0
// parts/hooks/host.h - the hooks of the runtime's namespaces, and how any hook failed. Runs in:
// parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"
#include "parts/hooks/plan.h"
#include "safe/program.h"

namespace davit::hooks {

/// Runs the hooks of one moment, one after the other, up to the first that fails. Kills a running
/// hook if the process of `lifeline` ends.
Result<> run(spec::Hooks const& hooks, When when, spec::State const& state,
             PidFd const& lifeline = {});

/// Runs all poststop hooks; returns the failures as warnings.
std::vector<std::string> run_poststop(spec::Hooks const& hooks, spec::State const& state);

/// The error of hook `index` of that moment, which ended badly. `path` is empty if it isn't known.
Error tell(When when, std::size_t index, std::string_view path, safe::Ending const& ending);

} // namespace davit::hooks
