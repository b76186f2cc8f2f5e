// SPDX-License-Identifier: Apache-2.0
// shim/containerd/boot.h - "start": gives a container its shim, a new one or that of its pod.
#pragma once

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// The fd at which the server finds its socket, and whom to tell that it is there: nobody, for the
/// socket listens before there is a server.
inline constexpr int inherited_socket = 3;

/// Runs in the bundle, and prints the answer; nothing of a failed one is left.
[[nodiscard]] Result<> start(Flags const& flags);

} // namespace davit::shim::containerd
