// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/cgroup.h - where the container's cgroups are and how they are made, used, removed.
//
// Runs in: parent. Spec: config-linux.md#control-groups. Flow: read_layout() → plan() →
// Groups::make() → spawn_groups() → (process born) → enter() → guard() → settle(); later
// Groups::open() from the record.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/cgroup_driver.h"
#include "davit/fd.h"
#include "davit/oom.h"
#include "davit/spec.h"
#include "davit/stats.h"
#include "parts/cgroup/devices.h"
#include "parts/systemd/systemd.h"

namespace davit::cgroup {

// ---- the host -----------------------------------------------------------------------------------

/// How cgroups are mounted: not at all, v1 only, v1 and v2, v2 only.
enum class Mode { none, legacy, hybrid, unified };

/// A mounted cgroup hierarchy.
struct Hierarchy {
    std::vector<std::string> controllers; ///< a named one of v1: {"name=systemd"}
    std::string mount;                    ///< absolute
    std::string own;                      ///< the caller's group, "/…" below `mount`
    bool v2 = false;
    /// The group in which a caller without privileges may make others; only looked up for one.
    std::optional<std::string> delegated = {};
    bool operator==(Hierarchy const&) const = default;
};

/// A fact of the host: plain data, so that tests write literals.
struct Layout {
    Mode mode = Mode::none;
    std::vector<Hierarchy> hierarchies;
    bool operator==(Layout const&) const = default;
};

/// Looks below /sys/fs/cgroup, and into mountinfo only if what is there isn't the usual.
Result<Layout> read_layout();

/// Where v2 is all there is: looks for what was delegated to the caller. [cgroups(7)]
void find_delegated(Layout& layout);

/// Whether an errno says that a group can't be had for lack of rights.
constexpr bool is_refused(int errnum) {
    return errnum == EACCES || errnum == EPERM || errnum == EROFS;
}

// ---- the plan -----------------------------------------------------------------------------------

/// A group of the container in one hierarchy; also what the state record keeps.
struct Place {
    std::string mount; ///< absolute
    std::string path;  ///< "/…" below `mount`; the directory is mount + path
    bool v2 = false;
    std::vector<std::string> controllers; ///< those of the hierarchy
    bool made = true;                     ///< davit made the directory, so it may remove it
    bool operator==(Place const&) const = default;
};

enum class When {
    always,
    reused,   ///< only if the group was there before: makes way for the rows that follow
    if_there, ///< only if the kernel has such a file
    instead,  ///< only if the file of the `if_there` row before it is missing
    born,     ///< by settle(), once the container's process is inside
};

/// One line for one file of a group, in the order of the plan.
struct Write {
    std::size_t group = 0; ///< index into Plan::groups
    std::string file;
    std::string value;
    std::string member; ///< JSON pointer of what asked for it
    When when = When::always;
    bool operator==(Write const&) const = default;
};

/// The device rules that a v2 group enforces with a BPF program; in an update those of v1, too.
struct DeviceGuard {
    std::size_t group = 0; ///< index into Plan::groups
    DeviceTable table;
    bool operator==(DeviceGuard const&) const = default;
};

struct Plan {
    /// The groups are this unit's: systemd makes them.
    std::optional<systemd::Unit> unit;
    std::vector<systemd::Property> properties; ///< of `unit`
    std::vector<Place> groups;
    std::vector<Write> writes;
    std::optional<DeviceGuard> guard; ///< absent: no v2 device rules, or they allow everything
    std::vector<std::string> needed;  ///< v2 controllers without which `writes` can't succeed
    std::uint64_t device_rules = 0;   ///< fingerprint() of the container's rules
    /// The host's id of whoever may divide the v2 group among groups of its own; absent: nobody.
    std::optional<std::uint32_t> owner;
    bool unguarded = false; ///< there are device rules that nobody enforces
    bool operator==(Plan const&) const = default;
};

/// Who makes the groups.
struct Placement {
    CgroupDriver driver = CgroupDriver::fs;
    systemd::Facts systemd; ///< for CgroupDriver::systemd
    /// Why a caller without privileges couldn't have the groups that are planned without this: the
    /// delegated one, or none, have to do.
    std::string refused;
};

/// Decides groups and limits; pure. Without systemd, an absolute cgroupsPath starts at the mount; a
/// relative one, or an empty one (then `id`), starts at the caller's own group on v1, at that
/// group's parent on v2. Kind::config for values that make no sense, Kind::unsupported for limits
/// that this host or davit can't enforce: "config.json: /linux/resources/…: …". No limit is dropped
/// in silence.
Result<Plan> plan(spec::Config const& config, std::string_view id, Layout const& layout,
                  Placement const& placement = {});

/// The lines for what `wanted` says, for groups that a container lives in; pure. `wanted` comes
/// from Groups::complete(). Device rules, if there are any, are the whole list; those with the
/// fingerprint `device_rules` are the container's own already. The kinds and stories are plan()'s.
Result<Plan> plan_update(spec::Resources const& wanted, std::vector<Place> groups,
                         std::optional<systemd::Unit> unit = {}, std::uint64_t device_rules = 0);

/// Appends the lines of `davit explain`.
void print(Plan const& plan, std::string& out);

// ---- the groups ---------------------------------------------------------------------------------

/// How a process is born inside the container's groups. `unified` goes to clone3(2) with
/// CLONE_INTO_CGROUP. To each of `tasks` the child writes "0" before exec, single-threaded: that
/// moves the writing thread alone, for which the kernel takes no global lock.
struct SpawnGroups {
    CgroupFd unified; ///< empty: there is no v2 hierarchy
    std::vector<Fd> tasks;
};

/// Where below the container's groups a process is added. No controllers: everywhere.
struct SubGroup {
    std::vector<std::string> controllers;
    std::string path;
};

/// Nothing is left for clone3: the process moves itself into v2's group, too. That must be one that
/// takes processes.
Result<> let_move_itself(SpawnGroups& spawn_groups);

/// Whether a v2 group takes no processes, since it has controllers for groups below.
bool is_divided(CgroupFd const& group);

/// `any` lets tests use a temporary directory as a hierarchy.
enum class Filesystem { cgroup, any };

using Milliseconds = std::chrono::milliseconds;

/// The container's groups, one per hierarchy, held as directory fds. Not thread-safe. Other
/// containers' groups may come and go beside and above them, in other processes, at any time.
class Groups {
  public:
    /// Makes the directories and their parents, enables controllers, writes the limits; after a
    /// failure nothing of that is left. Kind::state for a group that holds processes or is frozen.
    /// Of a plan with a unit it makes nothing: enter() will.
    static Result<Groups> make(Plan const& plan, Filesystem filesystem = Filesystem::cgroup);

    /// The groups of a record. One that no longer exists is no error: it has no processes.
    static Result<Groups> open(std::vector<Place> places, Filesystem = Filesystem::cgroup);

    /// For the record.
    [[nodiscard]] std::vector<Place> const& places() const { return places_; }

    [[nodiscard]] std::optional<systemd::Unit> const& unit() const { return unit_; }

    [[nodiscard]] Result<SpawnGroups> spawn_groups() const;

    /// The same for a process that is added, in groups below. Kind::config if one isn't there.
    [[nodiscard]] Result<SpawnGroups> spawn_groups(std::vector<SubGroup> const& below) const;

    /// The v2 group of process `pid`: where one is added if the container's group takes no more,
    /// since it was divided among groups of its own ("no internal processes", cgroups(7)).
    [[nodiscard]] Result<CgroupFd> unified_of(int pid) const;

    /// Puts those of process `pid` in the place of groups that are gone: it was moved away, and
    /// they were removed.
    [[nodiscard]] Result<> follow(int pid);

    /// Of a plan with a unit: starts that with the process in it, which has to be waiting, and does
    /// then what make() does. remove() takes it back, also after a failure.
    [[nodiscard]] Result<> enter(Plan const& plan, int pid, PidFd const& process);

    /// Attaches v2's device program: before init begins its work, but after clone3, since the
    /// kernel takes as long to verify and attach it as init needs to come to life.
    [[nodiscard]] Result<> guard(Plan const& plan) const;

    /// Writes what would have kept the container's process from being born (pids.limit).
    [[nodiscard]] Result<> settle(Plan const& plan) const;

    /// See changes.h. Kind::state if `wanted` asks for a check and its memory limit is below what
    /// is in use. [config-linux.md#memory, checkBeforeUpdate]
    [[nodiscard]] Result<spec::Resources> complete(spec::Resources wanted) const;

    /// Writes the lines of a plan_update(). After a failure the files say again what they said
    /// before, as far as the kernel lets them; the devices' program is exchanged last, at once.
    [[nodiscard]] Result<> update(Plan const& plan) const;

    /// The pids, as the caller sees them, of this and all sub-groups; without those that the
    /// caller's pid namespace has no number for.
    [[nodiscard]] Result<std::vector<int>> processes() const;

    /// Sends `signal` to every process, so that none escapes by forking. SIGKILL is cgroup.kill
    /// where there is v2, and also ends a frozen container.
    [[nodiscard]] Result<> kill_all(int signal, Milliseconds patience = Milliseconds(10'000)) const;

    /// Adds what they have used. A file that can't be understood is Kind::system.
    [[nodiscard]] Result<> read(Stats& stats) const;

    /// Kind::unsupported if no group has a memory controller.
    [[nodiscard]] Result<OomWatch> watch_oom() const;

    /// Stops every process where it is. One that can't be stopped within `patience` is named in the
    /// error, and all of them run again.
    [[nodiscard]] Result<> freeze(Milliseconds patience = Milliseconds(10'000)) const;
    /// Kind::state if they stay frozen because a group above is.
    [[nodiscard]] Result<> thaw(Milliseconds patience = Milliseconds(5'000)) const;

    /// ": process 7 ("sh") in state D, …": what a story may tell about those that are there.
    [[nodiscard]] std::string describe_processes() const;

  private:
    Groups() = default;
    [[nodiscard]] Result<> build(Plan const& plan, Filesystem filesystem);
    [[nodiscard]] static Result<> check_unused(Plan const& plan);
    [[nodiscard]] Result<> limit(Plan const& plan);
    [[nodiscard]] Result<> check_fit(std::size_t group) const;
    [[nodiscard]] Result<> check_thawed(std::size_t group) const;
    [[nodiscard]] std::size_t tracker() const;

    std::vector<Place> places_;
    std::vector<CgroupFd> directories_; ///< one per place; empty: the group is gone
    std::optional<systemd::Unit> unit_; ///< to be stopped
};

/// Removes sub-groups, the groups, then the parents that a davit made, if empty. Waits for
/// `patience` for processes to exit; those that don't are named in the error. A group that is gone
/// is no error.
[[nodiscard]] Result<> remove(std::vector<Place> const& places,
                              Milliseconds patience = Milliseconds(10'000),
                              Filesystem filesystem = Filesystem::cgroup);
/// The same, after a unit that is ours was stopped, as far as systemd can be reached: an empty one
/// ends by itself.
[[nodiscard]] Result<> remove(std::optional<systemd::Unit> const& unit,
                              std::vector<Place> const& places);

/// Whether the record's groups are another's by now: its unit is gone, and somebody has started one
/// of the same name.
[[nodiscard]] bool is_anothers(std::optional<systemd::Unit> const& unit,
                               std::vector<Place> const& places);

/// Whether a record's groups are frozen, by whomever. Without any, or once they are gone: no.
[[nodiscard]] Result<bool> is_frozen(std::vector<Place> const& places);

/// v1's freezer holds even those that were sent SIGKILL: opens it for them, in the sub-groups that
/// the container may have made as well. On v2 there is nothing to be done.
[[nodiscard]] Result<> thaw_killed(std::vector<Place> const& places);

} // namespace davit::cgroup
