// SPDX-License-Identifier: Apache-2.0
// spec/validate_devices.cc - the rules of config-linux.md#devices and #network-devices.
// Runs in: parent.
#include <algorithm>
#include <set>

#include "spec/rules.h"

namespace davit::spec {
namespace {

// dev_valid_name() of the kernel: fits into 15 bytes, can be a directory in /sys/class/net.
bool is_interface_name(std::string_view name) {
    constexpr std::size_t longest = 15; // IFNAMSIZ - 1
    auto const is_wrong = [](char c) {
        return c == '/' || c == ':' || c == ' ' || (c >= '\t' && c <= '\r');
    };
    return !name.empty() && name.size() <= longest && name != "." && name != ".."
           && std::ranges::none_of(name, is_wrong);
}

Result<> validate_net_devices(Linux const& linux) {
    constexpr std::string_view rule = "must be a name that an interface can have";
    Path const at{"linux"};
    Path const devices{at, "netDevices"};
    std::set<std::string_view> inside;
    for (auto const& [outside, device] : linux.net_devices) {
        Path const here{devices, outside};
        if (!is_interface_name(outside)) return wrong(here, rule);
        Path const name{here, "name"};
        if (device.name.empty()) {
            if (!inside.insert(outside).second)
                return wrong(here, "must not become a name that is there already");
            continue;
        }
        // The kernel replaces one "%d" by the first free number; another '%' is an error.
        auto const percent = device.name.find('%');
        bool const is_template = percent != device.name.npos;
        if (!is_interface_name(device.name)
            || (is_template
                && (device.name.substr(percent, 2) != "%d"
                    || device.name.find('%', percent + 1) != device.name.npos)))
            return wrong(name, rule, device.name);
        // "If a network device with the specified name already exists …, MUST generate an error"
        if (!is_template && !inside.insert(device.name).second)
            return wrong(name, "must not become a name that is there already", device.name);
    }
    return {};
}

} // namespace

Result<> validate_devices(Linux const& linux) {
    Path const at{"linux"};
    Path const devices{at, "devices"};
    for (std::size_t i = 0; i < linux.devices.size(); ++i) {
        auto const& device = linux.devices[i];
        Path const here{devices, i};
        // "full path to device inside container"
        TRY(absolute({here, "path"}, device.path));
        // "major, minor (int64, REQUIRED unless type is p)"
        if (device.type == DeviceType::fifo) continue;
        if (!device.major) return wrong({here, "major"}, "is required, but missing");
        if (!device.minor) return wrong({here, "minor"}, "is required, but missing");
        TRY(device_number(here, *device.major, *device.minor));
    }
    return validate_net_devices(linux);
}

} // namespace davit::spec
