// SPDX-License-Identifier: Apache-2.0
// tools/listen.h - sockets that the caller listens on for the container: sd_listen_fds(3).
#pragma once

#include <string>
#include <vector>

#include "davit/result.h"

namespace davit::cli {

/// Fds from 3 on, and the environment that goes with them.
struct ListenFds {
    unsigned count = 0;
    std::vector<std::string> environment; ///< tells the container's process of them
};

/// None if $LISTEN_FDS is absent or, by $LISTEN_PID, meant for another process. Kind::config if it
/// isn't a number.
[[nodiscard]] Result<ListenFds> listen_fds();

/// Whether fds 3 to 3+count-1 are open, and the caller's.
[[nodiscard]] Result<> check_preserved_fds(unsigned long count);

} // namespace davit::cli
