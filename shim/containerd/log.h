// SPDX-License-Identifier: Apache-2.0
// shim/containerd/log.h - the server's log, which containerd copies into its own.
#pragma once

#include <string>
#include <string_view>

#include "davit/fd.h"

namespace davit::shim::containerd {

enum class Level { debug, info, warning, error };

/// Writes to the fifo `log` of a bundle. Never waits: a message that doesn't fit is lost, and a
/// later line says how many are.
class Log {
  public:
    /// Writes nowhere if there is no such fifo.
    static Log open(std::string const& fifo, Level least);

    void write(Level level, std::string_view message);

  private:
    Fd fifo_;
    Level least_ = Level::info;
    unsigned lost_ = 0;
};

} // namespace davit::shim::containerd
