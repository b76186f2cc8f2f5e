// SPDX-License-Identifier: Apache-2.0
// parts/network/network.h - the host's network interfaces that a container gets.
//
// Runs in: parent. config-linux.md#network-devices, network_namespaces(7). When the namespace
// ends, the kernel removes virtual interfaces and moves physical ones to the initial namespace.
// delete does nothing.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"

namespace davit::network {

/// An interface that moves.
struct Device {
    std::string pointer; ///< "/linux/netDevices/eth0"
    std::string outside; ///< its name on the host
    std::string inside;  ///< its name in the container, may hold "%d"; empty: as on the host
    bool operator==(Device const&) const = default;
};

/// Pure. Validation has checked the names.
std::vector<Device> plan(spec::Config const& config);

/// Appends the lines of `davit explain`.
void print(std::vector<Device> const& devices, std::string& out);

} // namespace davit::network
