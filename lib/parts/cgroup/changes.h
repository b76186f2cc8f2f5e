// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/changes.h - changing the limits of groups in use: what has to be known of them
// first, and how to take a change back.
//
// Runs in: parent; pure. What the files say comes from the caller.
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

/// What a file of the v1 or v2 group with that controller says; nothing if there is none.
using Present = std::function<std::optional<std::string>(bool v2, std::string_view controller,
                                                         char const* file)>;

/// `wanted`, and what is needed besides to write it: one file of v2, and one property of systemd,
/// holds quota and period, and v2's swap is memory plus swap less memory. What isn't said stays as
/// it is.
spec::Resources complete(spec::Resources wanted, Present const& present);

/// What takes `done` back where its file said `before`; nothing if that can't be told.
std::optional<Write> way_back(Write const& done, std::string_view before);

/// From the content of v1's devices.list to `wanted`, {file, line} in the order of writing: only
/// what differs, and what is allowed by both stays allowed meanwhile.
Result<std::vector<std::pair<std::string, std::string>>>
v1_device_changes(std::string_view list, DeviceTable const& wanted);

} // namespace davit::cgroup
