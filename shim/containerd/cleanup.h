// SPDX-License-Identifier: Apache-2.0
// shim/containerd/cleanup.h - "delete": removes a container whose shim is gone.
#pragma once

#include <string>
#include <vector>

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

struct CleanedUp {
    std::string answer;                ///< a DeleteResponse, to be printed
    std::vector<std::string> warnings; ///< for containerd's log
};

/// Kills and removes the container if there is one, unmounts its root file system, removes its
/// socket: at whatever moment the shim was killed. A second call finds nothing to do.
[[nodiscard]] Result<CleanedUp> clean_up(Flags const& flags);

} // namespace davit::shim::containerd
