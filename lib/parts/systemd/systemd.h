// SPDX-License-Identifier: Apache-2.0
// parts/systemd/systemd.h - the systemd unit that holds a container's cgroups.
//
// Runs in: parent. systemd.scope(5), systemd.resource-control(5), org.freedesktop.systemd1(5).
// Flow: read_facts() → name_unit(), properties → start() → (limits are written) → stop().
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"
#include "dbus/value.h"

namespace davit::cgroup {
struct DeviceTable;
}

namespace davit::systemd {

/// The host's facts that matter here.
struct Facts {
    bool user = false; ///< davit uses a user's systemd, not the system's
    std::string group; ///< the group that holds its units: "" for the top, else "/…"
    bool operator==(Facts const&) const = default;
};

/// A scope, or a slice if its name ends so; also what the state record keeps.
struct Unit {
    std::string name;
    std::string slice;       ///< the slice that it is in
    bool user = false;       ///< of the user's systemd
    bool started = false;    ///< davit started it and must stop it
    std::uint64_t group = 0; ///< inode of its group: tells it from a later unit of its name
    bool operator==(Unit const&) const = default;
    [[nodiscard]] bool is_slice() const { return name.ends_with(".slice"); }
};

struct Property {
    std::string name;
    dbus::Value value;
    unsigned since = 0; ///< the first systemd that knows it; older ones don't get it. 0: all
    bool operator==(Property const&) const = default;
};

// ---- planning (pure) ----------------------------------------------------------------------------

struct Named {
    Unit unit;
    std::string group; ///< its path below the mounts of the hierarchies
};

/// The unit of a cgroupsPath "SLICE:PREFIX:NAME". If that, or its SLICE, is empty: system.slice, or
/// user.slice. Kind::config for any other form, or a name that no unit can have.
Result<Named> name_unit(std::string_view cgroups_path, std::string_view id, Facts const& facts);

/// The properties that every container's unit has. start() adds PIDs.
std::vector<Property> unit_properties(Unit const& unit, std::string_view id);

/// A line for a file of a cgroup.
struct Line {
    bool v2 = false;
    std::string file;
    std::string value;
};

/// Rounds lines to what systemd can express, lest its reload change a limit: a quota becomes whole
/// percents of a CPU, no process (pids.max 0) becomes one.
void agree(std::vector<Line>& lines);

/// The lines that systemd has properties for: so it never writes other values into these files.
/// Kind::config for a line whose value is wrong.
Result<std::vector<Property>> limits(std::span<Line const> lines);

/// systemd's own device rules: the same, or wider where it can't express them. On cgroup v2 davit's
/// program stands beside systemd's: the kernel allows what both allow.
std::vector<Property> devices(cgroup::DeviceTable const& table);

/// org.systemd.property.NAME = VALUE, as GVariant text. A NAME…Sec becomes …USec. Kind::config for
/// a name that isn't on the list of properties that affect only the unit.
Result<std::vector<Property>> annotated(spec::TextMap const& annotations);

/// Kind::config if an annotation contradicts limits(): at its next reload systemd would undo what
/// /linux/resources asked for.
Result<> must_agree(std::vector<Property> const& annotated, std::vector<Property> const& limits);

/// Later properties replace earlier ones of the same name. (In systemd itself lists would grow.)
void merge(std::vector<Property>& into, std::vector<Property> more);

/// Puts an empty list before each list: without it systemd appends to the list that it has.
std::vector<Property> with_lists_emptied(std::vector<Property> properties);

/// Appends the lines of `davit explain`.
void print(Unit const& unit, std::vector<Property> const& properties, std::string& out);

// ---- effects ------------------------------------------------------------------------------------

/// Kind::unsupported where systemd doesn't run.
Result<Facts> read_facts();

/// Starts the unit with the process in it; returns when it runs. A failure leaves no unit.
/// Kind::exists if a unit of that name exists. A slice takes no process.
Result<> start(Unit const& unit, std::vector<Property> const& properties, int pid,
               PidFd const& process);

/// Its present device rules, in the form of devices().
Result<std::vector<Property>> device_rules(Unit const& unit);

/// Changes a running unit; lasts until the unit is stopped.
Result<> set_properties(Unit const& unit, std::vector<Property> const& properties);

/// Stops the unit, if it exists, and lets systemd forget it.
Result<> stop(Unit const& unit);

} // namespace davit::systemd
