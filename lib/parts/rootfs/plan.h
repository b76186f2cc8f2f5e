// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/plan.h - the root, its propagation, masked paths. Runs in: parent, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/rootfs/rootfs.h"
#include "plan/builder.h"

namespace davit::rootfs {

/// `path` is the root's absolute path; if `from_parent`, init can't copy it by itself. `sealed`:
/// the mounts to be made read-only at the end.
Result<InitPlan> plan(spec::Config const& config, std::string_view path, bool no_pivot,
                      std::vector<std::string> const& sealed, plan::Builder& builder,
                      bool from_parent = false);

} // namespace davit::rootfs
