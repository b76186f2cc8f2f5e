// SPDX-License-Identifier: Apache-2.0
// parts/network/stats.h - what went through a container's network interfaces. Runs in: parent.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/stats.h"

namespace davit::network {

using Interfaces = std::vector<Stats::Interface>;

/// Pure: the content of /proc/PID/net/dev, without "lo". Nothing if it isn't that.
std::optional<Interfaces> read_interfaces(std::string_view content);

/// Those of the network namespace of process `pid`, if that isn't ours. Nothing, too, if the
/// process is gone, or may not be looked at.
Result<Interfaces> interfaces_of(int pid);

} // namespace davit::network
