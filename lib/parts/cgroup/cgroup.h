// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/cgroup.h - where the container's cgroups are; making, using, removing them.
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

/// Looks below /sys/fs/cgroup; reads mountinfo only if it doesn't find the usual there.
Result<Layout> read_layout();

/// On a host with v2 only: looks for a group that was delegated to the caller. [cgroups(7)]
void find_delegated(Layout& layout);

/// Whether this errno says that the caller lacks the right to use a group.
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
    reused,   ///< only if the group existed before: written to allow the following rows
    if_there, ///< only if the kernel has this file
    instead,  ///< only if the file of the `if_there` row before it is missing
    born,     ///< settle() writes it, once the container's process is inside
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

/// The device rules that a v2 group enforces with a BPF program; in an update also those of v1.
struct DeviceGuard {
    std::size_t group = 0; ///< index into Plan::groups
    DeviceTable table;
    bool operator==(DeviceGuard const&) const = default;
};

struct Plan {
    /// The unit whose groups these are: systemd makes them.
    std::optional<systemd::Unit> unit;
    std::vector<systemd::Property> properties; ///< of `unit`
    std::vector<Place> groups;
    std::vector<Write> writes;
    std::optional<DeviceGuard> guard; ///< absent: no v2 device rules, or they allow everything
    std::vector<std::string> needed;  ///< v2 controllers without which `writes` can't succeed
    std::uint64_t device_rules = 0;   ///< fingerprint() of the container's rules
    /// The host's id of the user who may divide the v2 group into sub-groups; absent: no user may.
    std::optional<std::uint32_t> owner;
    bool unguarded = false; ///< there are device rules, and nothing enforces them
    bool operator==(Plan const&) const = default;
};

/// Which groups the container gets, and what makes them.
struct Placement {
    CgroupDriver driver = CgroupDriver::fs;
    systemd::Facts systemd; ///< for CgroupDriver::systemd
    /// Why a caller without privileges couldn't have the groups that a plan without this member
    /// has: davit uses the delegated group instead, or none.
    std::string refused;
};

/// Decides groups and limits; pure. Without systemd, an absolute cgroupsPath starts at the mount. A
/// relative one, or an empty one (then `id`), starts at the caller's own group on v1, at that
/// group's parent on v2. Kind::config for values that make no sense, Kind::unsupported for limits
/// that this host or davit can't enforce: "config.json: /linux/resources/…: …". No limit is dropped
/// silently.
Result<Plan> plan(spec::Config const& config, std::string_view id, Layout const& layout,
                  Placement const& placement = {});

/// The lines for what `wanted` says, for the groups of a live container; pure. `wanted` comes from
/// Groups::complete(). Device rules, if there are any, replace the whole list; rules with the
/// fingerprint `device_rules` are the container's present ones. Fails with plan()'s kinds and
/// stories.
Result<Plan> plan_update(spec::Resources const& wanted, std::vector<Place> groups,
                         std::optional<systemd::Unit> unit = {}, std::uint64_t device_rules = 0);

/// Appends the lines of `davit explain`.
void print(Plan const& plan, std::string& out);

// ---- the groups ---------------------------------------------------------------------------------

/// How a process is born inside the container's groups. `unified` goes to clone3(2) with
/// CLONE_INTO_CGROUP. The child writes "0" to each of `tasks` before exec. It is single-threaded:
/// the write moves only the writing thread, for which the kernel takes no global lock.
struct SpawnGroups {
    CgroupFd unified; ///< empty: there is no v2 hierarchy
    std::vector<Fd> tasks;
};

/// The sub-group in which exec's process is born. No controllers: in each hierarchy.
struct SubGroup {
    std::vector<std::string> controllers;
    std::string path;
};

/// Leaves nothing to clone3: the process moves itself into v2's group, too. That group must accept
/// processes.
Result<> let_move_itself(SpawnGroups& spawn_groups);

/// Whether a v2 group accepts no processes, since it has enabled controllers for its sub-groups.
bool is_divided(CgroupFd const& group);

/// `any` lets tests use a temporary directory as a hierarchy.
enum class Filesystem { cgroup, any };

using Milliseconds = std::chrono::milliseconds;

/// The container's groups, one per hierarchy, held as directory fds. Not thread-safe. Other
/// processes may make and remove other containers' groups, beside and above them, at any time.
class Groups {
  public:
    /// Makes the directories and their parents, enables controllers, writes the limits. A failure
    /// leaves nothing of that. Kind::state for a group that holds processes or is frozen. For a
    /// plan with a unit it makes nothing: enter() does.
    static Result<Groups> make(Plan const& plan, Filesystem filesystem = Filesystem::cgroup);

    /// The groups of a record. A missing one is no error: it has no processes.
    static Result<Groups> open(std::vector<Place> places, Filesystem = Filesystem::cgroup);

    /// For the record.
    [[nodiscard]] std::vector<Place> const& places() const { return places_; }

    [[nodiscard]] std::optional<systemd::Unit> const& unit() const { return unit_; }

    [[nodiscard]] Result<SpawnGroups> spawn_groups() const;

    /// The same for a process of exec, in sub-groups. Kind::config if one is missing.
    [[nodiscard]] Result<SpawnGroups> spawn_groups(std::vector<SubGroup> const& below) const;

    /// The v2 group of process `pid`. exec adds a process there if the container's group was
    /// divided into sub-groups and accepts none ("no internal processes", cgroups(7)).
    [[nodiscard]] Result<CgroupFd> unified_of(int pid) const;

    /// Replaces missing groups by those of process `pid`: another process has moved it away and
    /// removed the old groups.
    [[nodiscard]] Result<> follow(int pid);

    /// For a plan with a unit: starts the unit with the process in it, which must be waiting; then
    /// does what make() does otherwise. remove() takes it back, also after a failure.
    [[nodiscard]] Result<> enter(Plan const& plan, int pid, PidFd const& process);

    /// Attaches v2's device program: before init begins its work, but after clone3. The kernel
    /// needs as long to verify and attach it as init needs to start.
    [[nodiscard]] Result<> guard(Plan const& plan) const;

    /// Writes the limit that would keep the container's process from being born (pids.limit).
    [[nodiscard]] Result<> settle(Plan const& plan) const;

    /// See changes.h. Kind::state if `wanted` asks for a check and its memory limit is below what
    /// is in use. [config-linux.md#memory, checkBeforeUpdate]
    [[nodiscard]] Result<spec::Resources> complete(spec::Resources wanted) const;

    /// Writes the lines of a plan_update(). A failure restores the files, as far as the kernel
    /// allows. The device program is replaced last, atomically.
    [[nodiscard]] Result<> update(Plan const& plan) const;

    /// The pids, as the caller sees them, of this group and all sub-groups. Leaves out processes
    /// that have no pid in the caller's pid namespace.
    [[nodiscard]] Result<std::vector<int>> processes() const;

    /// Sends `signal` to every process; none can escape by forking. SIGKILL uses cgroup.kill on v2,
    /// and also ends a frozen container.
    [[nodiscard]] Result<> kill_all(int signal, Milliseconds patience = Milliseconds(10'000)) const;

    /// Adds what the groups have used. Kind::system for a file that can't be parsed.
    [[nodiscard]] Result<> read(Stats& stats) const;

    /// Kind::unsupported if no group has a memory controller.
    [[nodiscard]] Result<OomWatch> watch_oom() const;

    /// Freezes every process. If one can't be frozen within `patience`, thaws all; the error names
    /// that one.
    [[nodiscard]] Result<> freeze(Milliseconds patience = Milliseconds(10'000)) const;
    /// Thaws them. Kind::state if they stay frozen, since a group above is.
    [[nodiscard]] Result<> thaw(Milliseconds patience = Milliseconds(5'000)) const;

    /// ": process 7 ("sh") in state D, …": the processes in the groups, for stories.
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
    std::vector<CgroupFd> directories_; ///< one per place; empty: the group is missing
    std::optional<systemd::Unit> unit_; ///< remove() stops it
};

/// Removes sub-groups, the groups, then the parents that a davit made, if empty. Waits up to
/// `patience` for processes to exit; the error names the rest. A missing group is no error.
[[nodiscard]] Result<> remove(std::vector<Place> const& places,
                              Milliseconds patience = Milliseconds(10'000),
                              Filesystem filesystem = Filesystem::cgroup);
/// The same, but first stops the unit that davit started. An unreachable systemd is no error: an
/// empty unit ends by itself.
[[nodiscard]] Result<> remove(std::optional<systemd::Unit> const& unit,
                              std::vector<Place> const& places);

/// Whether the record's groups belong to another unit now: the recorded unit has ended, and another
/// process has started one of the same name.
[[nodiscard]] bool is_anothers(std::optional<systemd::Unit> const& unit,
                               std::vector<Place> const& places);

/// Whether a record's groups are frozen, whatever process froze them. False without groups, and
/// after their removal.
[[nodiscard]] Result<bool> is_frozen(std::vector<Place> const& places);

/// Thaws v1's freezer, which holds even processes that were sent SIGKILL; also in the sub-groups
/// that the container may have made. Does nothing on v2.
[[nodiscard]] Result<> thaw_killed(std::vector<Place> const& places);

} // namespace davit::cgroup
