// SPDX-License-Identifier: Apache-2.0
// shim/containerd/serve.h - the shim itself, which lives as long as its containers.
#pragma once

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// Runs in the bundle, with a listening socket as fd 3 (or `flags.socket`). Returns after SIGTERM,
/// or a Shutdown that finds no container, and removes the socket.
[[nodiscard]] Result<> serve(Flags const& flags);

} // namespace davit::shim::containerd
