// SPDX-License-Identifier: Apache-2.0
// parts/devices/plan.h - which nodes and links the container gets. Runs in: parent, pure.
#pragma once

#include "base/result.h"
#include "davit/spec.h"
#include "parts/devices/devices.h"
#include "plan/builder.h"

namespace davit::devices {

/// `own_dev` is false when the container's /dev is the host's: then davit adds only what
/// config.json names. `user_namespace`: the container has another one than the host's.
Result<InitPlan> plan(spec::Config const& config, bool own_dev, bool user_namespace,
                      plan::Builder& builder);

} // namespace davit::devices
