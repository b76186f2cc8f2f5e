// SPDX-License-Identifier: Apache-2.0
// shim/containerd/introspection.h - "-info" and "-v": what this runtime is and can do.
#pragma once

#include <string>

#include "davit/result.h"

namespace davit::shim::containerd {

/// containerd.types.RuntimeInfo. CRI (2.x) learns from its features whether pods may have user
/// namespaces and recursive read-only mounts.
[[nodiscard]] Result<std::string> runtime_info();

/// In the lines of containerd's own shims.
[[nodiscard]] std::string version_text();

} // namespace davit::shim::containerd
