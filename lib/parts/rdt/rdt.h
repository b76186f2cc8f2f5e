// SPDX-License-Identifier: Apache-2.0
// parts/rdt/rdt.h - the container's resctrl group: caches, memory bandwidth, monitoring.
//
// Runs in: parent. config-linux.md#intelrdt; Documentation/filesystems/resctrl.rst. The process is
// added before it does anything; what it forks later is born in its groups.
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
    ours,   ///< nobody has such a group: davit makes it, and removes it with the container
    any,    ///< made where missing; stays when the container goes
    set_up, ///< somebody has made it
};

/// A line for the group's `schemata`, like "L3:0=7f0;1=1f".
struct Line {
    std::string text;
    std::string pointer;     ///< JSON pointer of what asked for it
    bool is_compared = true; ///< a group that is there must have it; else it is written there, too
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

/// The lines that it has for `schemata`, to be written in any case.
std::vector<Line> lines_of(spec::IntelRdt const& rdt);

/// Appends the lines of `davit explain`.
void print(Plan const& plan, std::string& out);

/// Whether a file `schemata` has that line, or more than it. The kernel pads names and numbers.
bool has_line(std::string_view schemata, std::string_view line);

/// For the record. Paths are absolute.
struct Place {
    std::string group;
    std::string monitor; ///< always davit's own; "": none
    bool made = false;   ///< davit made the group and has to remove it
    bool operator==(Place const&) const = default;
};

/// Where resctrl is. A test has a directory in its stead, and plays the kernel.
struct Tree {
    std::string usual = "/sys/fs/resctrl";
    void (*fill)(int directory) = nullptr;  ///< a directory was made
    void (*empty)(int directory) = nullptr; ///< it will be removed
};

/// What make() will have made; what is there already isn't ours. Kind::unsupported if no resctrl is
/// mounted.
Result<Place> plan_group(Plan const& plan, Tree const& tree = {});

class Group {
  public:
    /// Finds or makes the groups. After a failure nothing has changed.
    static Result<Group> make(Plan const& plan, Tree const& tree = {});

    /// The group of a record.
    static Result<Group> open(Place const& place, Tree const& tree = {});

    /// Writes lines, for all who are in the group. A failure needs take_back().
    Result<> change(std::vector<Line> const& lines);

    [[nodiscard]] Place const& place() const { return place_; }

    /// A process with one thread: resctrl knows threads.
    [[nodiscard]] Result<> add(int pid) const;

    /// As it was before make(), or change().
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
    std::string before_; ///< `schemata` of a group that was there, if it was changed
};

/// A process with one thread joins a container's groups.
Result<> add(Place const& place, int pid);

/// What the group may use and has used, and the whole tree with it. Without its files: nothing.
Result<std::optional<Stats::Rdt>> read(Place const& place);

/// The container's end. What is gone already is no error.
Result<> remove(Place const& place, Tree const& tree = {});

} // namespace davit::rdt
