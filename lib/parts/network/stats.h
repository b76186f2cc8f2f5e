// SPDX-License-Identifier: Apache-2.0
// parts/network/stats.h - the traffic of a container's network interfaces. Runs in: parent.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/stats.h"

namespace davit::network {

using Interfaces = std::vector<Stats::Interface>;

/// Pure: reads the content of /proc/PID/net/dev, without "lo". Nothing if the content is anything
/// else.
std::optional<Interfaces> read_interfaces(std::string_view content);

/// The interfaces of the network namespace of process `pid`, unless that is the caller's own.
/// Nothing also if the process has ended, or the caller may not look at it.
Result<Interfaces> interfaces_of(int pid);

} // namespace davit::network
