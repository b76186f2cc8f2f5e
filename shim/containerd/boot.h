// SPDX-License-Identifier: Apache-2.0
// shim/containerd/boot.h - "start": gives a container its shim, a new one or that of its pod.
#pragma once

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// The server's socket. The server need not tell when it is ready: the socket listens before the
/// server exists.
inline constexpr int inherited_socket = 3;

/// Runs in the bundle and prints the answer; on failure it leaves nothing.
[[nodiscard]] Result<> start(Flags const& flags);

} // namespace davit::shim::containerd
