// SPDX-License-Identifier: Apache-2.0
// parts/systemd/systemd.h - the unit of systemd in which a container's cgroups are.
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

/// What of the host matters.
struct Facts {
    bool user = false; ///< ours is a user's systemd, not the system's
    std::string group; ///< the group below which it keeps its units, "" for the top, else "/…"
    bool operator==(Facts const&) const = default;
};

/// A scope, or a slice if its name ends so; also what the state record keeps.
struct Unit {
    std::string name;
    std::string slice;       ///< the one that it is in
    bool user = false;       ///< of the user's systemd
    bool started = false;    ///< it is ours to stop
    std::uint64_t group = 0; ///< inode of its group, which tells it from a later one of its name
    bool operator==(Unit const&) const = default;
    [[nodiscard]] bool is_slice() const { return name.ends_with(".slice"); }
};

struct Property {
    std::string name;
    dbus::Value value;
    unsigned since = 0; ///< the systemd that knows it; older ones aren't told. 0: all that we meet
    bool operator==(Property const&) const = default;
};

// ---- planning (pure) ----------------------------------------------------------------------------

struct Named {
    Unit unit;
    std::string group; ///< its path below the mounts of the hierarchies
};

/// The unit of a cgroupsPath "SLICE:PREFIX:NAME". Empty, or its slice is: system.slice, or
/// user.slice. Kind::config for any other form, or a name that no unit can have.
Result<Named> name_unit(std::string_view cgroups_path, std::string_view id, Facts const& facts);

/// What makes it a container's unit. PIDs aren't among them: start() adds them.
std::vector<Property> unit_properties(Unit const& unit, std::string_view id);

/// A line that is written into a cgroup's file.
struct Line {
    bool v2 = false;
    std::string file;
    std::string value;
};

/// Changes lines to the nearest that systemd has words for, lest a reload loosen or tighten what
/// was written: a quota becomes whole percents of a CPU, no process (pids.max 0) becomes one.
void agree(std::vector<Line>& lines);

/// What systemd has words for, so that it never writes anything else into the same files.
/// Kind::config for a value that is none.
Result<std::vector<Property>> limits(std::span<Line const> lines);

/// systemd's own device rules: the same, or where it has no words for them, wider. On cgroup v2
/// a program of ours stands beside systemd's, and both have to agree.
std::vector<Property> devices(cgroup::DeviceTable const& table);

/// org.systemd.property.NAME = VALUE, as GVariant text. A NAME…Sec becomes …USec. Kind::config for
/// a name that isn't on the list of those which reach no further than the unit.
Result<std::vector<Property>> annotated(spec::TextMap const& annotations);

/// Kind::config if an annotation says other than limits() has said: the next reload of systemd
/// would undo what /linux/resources asked for.
Result<> must_agree(std::vector<Property> const& annotated, std::vector<Property> const& limits);

/// Later ones replace earlier ones of the same name. (Lists would grow, systemd says.)
void merge(std::vector<Property>& into, std::vector<Property> more);

/// systemd adds to a list that it has, unless it is told of an empty one before.
std::vector<Property> with_lists_emptied(std::vector<Property> properties);

/// Appends the lines of `davit explain`.
void print(Unit const& unit, std::vector<Property> const& properties, std::string& out);

// ---- effects ------------------------------------------------------------------------------------

/// Kind::unsupported where systemd doesn't run.
Result<Facts> read_facts();

/// Starts the unit with the process in it, and returns when it is. On failure nothing is left of
/// the unit. Kind::exists if a unit of that name is there. A slice takes no process.
Result<> start(Unit const& unit, std::vector<Property> const& properties, int pid,
               PidFd const& process);

/// Its device rules as they are, in the form of devices().
Result<std::vector<Property>> device_rules(Unit const& unit);

/// Changes a running unit, until it is stopped.
Result<> set_properties(Unit const& unit, std::vector<Property> const& properties);

/// Stops the unit, if there is one, and has it forgotten.
Result<> stop(Unit const& unit);

} // namespace davit::systemd
