// SPDX-License-Identifier: Apache-2.0
// shim/containerd/serve.h - the shim itself: as long as there are containers.
#pragma once

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// Runs in the bundle, with a listening socket as fd 3 (or `flags.socket`). Returns after a
/// Shutdown that finds no container, or SIGTERM; the socket is removed then.
[[nodiscard]] Result<> serve(Flags const& flags);

} // namespace davit::shim::containerd
