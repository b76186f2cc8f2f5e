// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/changes.h - changing the limits of groups in use: what to read first, and how to
// take a change back.
//
// Runs in: parent; pure. The caller reads the files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/devices.h"

namespace davit::cgroup {

/// The content of a file of the v1 or v2 group with that controller; nothing if there is none.
using Present = std::function<std::optional<std::string>(bool v2, std::string_view controller,
                                                         char const* file)>;

/// `wanted`, with the present values that are written together with it: one file of v2, and one
/// property of systemd, holds quota and period; v2's swap is memory plus swap less memory. All
/// other members stay absent.
spec::Resources complete(spec::Resources wanted, Present const& present);

/// The write that undoes `done`, if the file had `before`; nothing if that can't be told.
std::optional<Write> way_back(Write const& done, std::string_view before);

/// From the content of v1's devices.list to `wanted`, {file, line} in the order of writing. Writes
/// only the difference; a device that both allow stays allowed all the time.
Result<std::vector<std::pair<std::string, std::string>>>
v1_device_changes(std::string_view list, DeviceTable const& wanted);

} // namespace davit::cgroup
