// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/devices.h - which devices a container may use: rules → table → v1 text or v2 BPF.
//
// Runs in: parent; pure. Spec: config-linux.md#allowed-device-list. Kernel interface: v1
// devices.allow and devices.deny; v2: BPF_PROG_TYPE_CGROUP_DEVICE (see bpf.h).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"

namespace davit::cgroup {

/// The kernel's BPF_DEVCG_ACC_* bits.
namespace may {
inline constexpr unsigned mknod = 1, read = 2, write = 4, all = 7;
}

inline constexpr std::int64_t any_number = -1;

/// Which accesses are allowed to the devices of a pattern.
struct DeviceRow {
    char type = 'c'; ///< 'c' or 'b'
    std::int64_t major = any_number;
    std::int64_t minor = any_number;
    unsigned access = 0; ///< a set of may::*
    bool operator==(DeviceRow const&) const = default;
};

/// The meaning of a rule list. The first row that matches a device decides. Rows go from the most
/// specific to the two that match everything ("c *:*", "b *:*"); those two are always there.
struct DeviceTable {
    std::vector<DeviceRow> rows;
    bool operator==(DeviceTable const&) const = default;
    [[nodiscard]] bool allows_everything() const;
};

/// Reads `rules` in order, beginning with "nothing is allowed"; each rule decides anew for its
/// devices and accesses. Kind::config for a rule that makes no sense.
Result<DeviceTable> device_table(std::vector<spec::DeviceRule> const& rules);

/// The devices that every container may use: rules that follow the user's own.
std::vector<spec::DeviceRule> const& default_device_rules();

/// The table without rows that change nothing.
DeviceTable without_redundant_rows(DeviceTable const& table);

/// A hash: equal for tables of equal rows. Never 0.
std::uint64_t fingerprint(DeviceTable const& table);

/// {"devices.deny" or "devices.allow", line} in the order of writing, for a group without children.
/// v1 can't except a device from an exception: Kind::unsupported.
Result<std::vector<std::pair<std::string, std::string>>> v1_device_lines(DeviceTable const& table);

/// "c 1:3 rwm", "b *:* -".
std::string to_text(DeviceRow const& row);

} // namespace davit::cgroup
