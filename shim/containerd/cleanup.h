// SPDX-License-Identifier: Apache-2.0
// shim/containerd/cleanup.h - "delete": takes back a container whose shim is gone.
#pragma once

#include <string>
#include <vector>

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

struct CleanedUp {
    std::string answer;                ///< a DeleteResponse, to be printed
    std::vector<std::string> warnings; ///< which containerd logs
};

/// Whatever the moment in which the shim was killed: kills and removes the container if there is
/// one, unmounts its root file system, removes its socket. A second time it finds nothing to do.
[[nodiscard]] Result<CleanedUp> clean_up(Flags const& flags);

} // namespace davit::shim::containerd
