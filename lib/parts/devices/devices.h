// SPDX-License-Identifier: Apache-2.0
// parts/devices/devices.h - device nodes and the links that belong to them.
//
// Runs in: both. config-linux.md#devices, #default-devices, runtime-linux.md#dev-symbolic-links.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::devices {

/// The members that config.json gave a device: an existing node must have these.
enum Asked : std::uint32_t { asked_mode = 1, asked_uid = 2, asked_gid = 4 };

struct Device {
    plan::Text path;        ///< clean, absolute
    std::uint32_t mode = 0; ///< S_IFCHR, S_IFBLK or S_IFIFO, and permissions
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t asked = 0;  ///< of Asked; the default devices: nothing
    std::uint64_t number = 0; ///< as the kernel encodes it
};

struct Link {
    plan::Text path;
    plan::Text target;
    std::uint32_t replace = 0; ///< 1: replaces whatever has that name; 0: an existing one may stay
};

/// init's part.
struct InitPlan {
    /// 1: init binds the host's nodes: without the host's root it can make no node but fifos.
    std::uint32_t bind = 0;
    std::uint32_t unused = 0; ///< where there would be padding
    plan::List<Device> devices;
    plan::List<Link> links;
};

Sys<> make_devices(init::Init& init);
Sys<> make_links(init::Init& init);

} // namespace davit::devices
