// SPDX-License-Identifier: Apache-2.0
// parts/devices/plan.cc - the default devices, and those of config.json. Runs in: parent, pure.
// config-linux.md#devices, #default-devices, runtime-linux.md#dev-symbolic-links.
#include "parts/devices/plan.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/device_number.h"
#include "base/text.h"

namespace davit::devices {

namespace {

struct Default {
    std::string_view path;
    std::uint32_t major, minor;
};
constexpr Default defaults[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

struct DefaultLink {
    std::string_view path, target;
    bool replace;
};
constexpr DefaultLink default_links[] = {
    {"/dev/fd", "/proc/self/fd", false},
    {"/dev/stdin", "/proc/self/fd/0", false},
    {"/dev/stdout", "/proc/self/fd/1", false},
    {"/dev/stderr", "/proc/self/fd/2", false},
    {"/dev/core", "/proc/kcore", false},
    // The container's own terminals, even if the image has other files there.
    {"/dev/ptmx", "pts/ptmx", true},
};

constexpr std::uint32_t file_type(spec::DeviceType type) {
    switch (type) {
    case spec::DeviceType::block: return S_IFBLK;
    case spec::DeviceType::fifo: return S_IFIFO;
    case spec::DeviceType::character:
    case spec::DeviceType::unbuffered: break;
    }
    return S_IFCHR;
}

} // namespace

Result<InitPlan> plan(spec::Config const& config, bool own_dev, bool user_namespace,
                      plan::Builder& builder) {
    std::vector<Device> devices;
    auto const configured = [&](std::string_view path) {
        return std::ranges::any_of(config.linux.devices,
                                   [&](auto const& d) { return clean_path(d.path) == path; });
    };
    if (own_dev) {
        for (auto const& device : defaults)
            if (!configured(device.path))
                devices.push_back({builder.text(device.path), S_IFCHR | 0666, 0, 0, 0,
                                   device_number(device.major, device.minor)});
    }
    bool const console = config.process && config.process->terminal;
    for (auto const& device : config.linux.devices) {
        // The container's own terminals take these places.
        auto const path = clean_path(device.path);
        if ((own_dev && path == "/dev/ptmx") || (console && path == "/dev/console")) continue;
        auto const mode = file_type(device.type) | (device.file_mode.value_or(0666) & 07777);
        auto const number = device_number(static_cast<std::uint32_t>(device.major.value_or(0)),
                                          static_cast<std::uint32_t>(device.minor.value_or(0)));
        auto const asked = (device.file_mode ? asked_mode : 0U) | (device.uid ? asked_uid : 0U)
                           | (device.gid ? asked_gid : 0U);
        devices.push_back({builder.text(path), mode, device.uid.value_or(0), device.gid.value_or(0),
                           asked, device.type == spec::DeviceType::fifo ? 0 : number});
    }
    std::vector<Link> links;
    if (own_dev)
        for (auto const& link : default_links)
            links.push_back({builder.text(link.path), builder.text(link.target), link.replace});
    return InitPlan{user_namespace, 0, builder.list(devices), builder.list(links)};
}

} // namespace davit::devices
