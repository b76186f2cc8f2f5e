// SPDX-License-Identifier: Apache-2.0
// parts/rdt/rdt.h - the container's resctrl group: caches, memory bandwidth, monitoring.
//
// Runs in: parent. config-linux.md#intelrdt; Documentation/filesystems/resctrl.rst. The parent adds
// the process before it does anything; children of the process are born in its groups.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"
#include "davit/stats.h"

namespace davit::rdt {

enum class Presence {
    ours,   ///< no such group exists: davit makes it, and removes it with the container
    any,    ///< davit makes it if missing; it stays after the container
    set_up, ///< it must exist
};

/// A line for the group's `schemata`, like "L3:0=7f0;1=1f".
struct Line {
    std::string text;
    std::string pointer;     ///< JSON pointer of what asked for it
    bool is_compared = true; ///< an existing group must have it; else davit writes it there, too
    bool operator==(Line const&) const = default;
};

struct Plan {
    std::string group; ///< a directory of resctrl; "": resctrl itself, the default group
    Presence presence = Presence::ours;
    std::vector<Line> lines;
    std::string monitor; ///< the name of the group in mon_groups; "": none
    bool operator==(Plan const&) const = default;
};

/// Pure. Nothing if config.json says nothing.
std::optional<Plan> plan(spec::Config const& config, std::string_view id);

/// The lines for `schemata`, to be written even to an existing group.
std::vector<Line> lines_of(spec::IntelRdt const& rdt);

/// Appends the lines of `davit explain`.
void print(Plan const& plan, std::string& out);

/// Whether a file `schemata` has that line, or one that includes it. The kernel pads names and
/// numbers.
bool has_line(std::string_view schemata, std::string_view line);

/// For the record. Paths are absolute.
struct Place {
    std::string group;
    std::string monitor; ///< always davit's own; "": none
    bool made = false;   ///< davit made the group and has to remove it
    bool operator==(Place const&) const = default;
};

/// Where resctrl is. A test uses a directory instead, and plays the kernel.
struct Tree {
    std::string usual = "/sys/fs/resctrl";
    void (*fill)(int directory) = nullptr;  ///< called after a directory was made
    void (*empty)(int directory) = nullptr; ///< called before its removal
};

/// What make() will have made; an existing group isn't davit's. Kind::unsupported if no resctrl is
/// mounted.
Result<Place> plan_group(Plan const& plan, Tree const& tree = {});

class Group {
  public:
    /// Finds or makes the groups. A failure changes nothing.
    static Result<Group> make(Plan const& plan, Tree const& tree = {});

    /// The group of a record.
    static Result<Group> open(Place const& place, Tree const& tree = {});

    /// Writes lines, for all processes in the group. After a failure call take_back().
    Result<> change(std::vector<Line> const& lines);

    [[nodiscard]] Place const& place() const { return place_; }

    /// Adds a process with one thread: resctrl adds threads.
    [[nodiscard]] Result<> add(int pid) const;

    /// Undoes make(), or change().
    void take_back();

  private:
    explicit Group(Tree const& tree) : tree_(tree) {}
    Result<> find_or_make(Plan const& plan);
    Result<> set(std::vector<Line> const& lines);
    Result<> monitor(Plan const& plan);
    [[nodiscard]] std::unexpected<Error> refused(Errno e, std::string const& story) const;

    Tree tree_;
    Place place_;
    Fd mount_, directory_, monitor_;
    bool is_new_ = false;
    std::string before_; ///< the old `schemata` of an existing group, if it was changed
};

/// Adds a process with one thread to a container's groups.
Result<> add(Place const& place, int pid);

/// What the group may use and has used, and the same of all of resctrl. Nothing if the files are
/// missing.
Result<std::optional<Stats::Rdt>> read(Place const& place);

/// Removes the groups at the container's end. A missing one is no error.
Result<> remove(Place const& place, Tree const& tree = {});

} // namespace davit::rdt
