// SPDX-License-Identifier: Apache-2.0
// parts/network/plan.cc - which interfaces move. Runs in: parent, pure.
// config-linux.md#network-devices.
#include "json/path.h"
#include "parts/network/network.h"

namespace davit::network {

std::vector<Device> plan(spec::Config const& config) {
    json::Path const linux_at{"linux"};
    json::Path const at{linux_at, "netDevices"};
    std::vector<Device> devices;
    for (auto const& [outside, device] : config.linux.net_devices)
        devices.push_back({json::Path(at, outside).pointer(), outside, device.name});
    return devices;
}

void print(std::vector<Device> const& devices, std::string& out) {
    for (auto const& device : devices)
        out += text("interface ", quoted(device.outside), " moves in",
                    device.inside.empty() ? "" : text(" as ", quoted(device.inside)), "\n");
}

} // namespace davit::network
