// SPDX-License-Identifier: Apache-2.0
// parts/rdt/host.cc - making, filling and removing resctrl groups. Runs in: parent.
// Kernel interface: Documentation/filesystems/resctrl.rst, proc_pid_mountinfo(5).
#include <linux/magic.h>
#include <sys/file.h>

#include <algorithm>

#include "base/undo.h"
#include "parts/cgroup/files.h"
#include "parts/rdt/rdt.h"
#include "sys/deadline.h"
#include "sys/file.h"
#include "sys/filesystem.h"

namespace davit::rdt {

namespace {

constexpr auto member = "config.json: /linux/intelRdt";
constexpr unsigned mode = 0755;

bool is_resctrl(std::string const& path) {
    auto const st = sys::statfs(path.c_str());
    return st && st->f_type == RDTGROUP_SUPER_MAGIC;
}

/// Where this mount namespace has it mounted.
Result<std::string> find_mount(Tree const& tree) {
    if (tree.fill || is_resctrl(tree.usual)) return tree.usual;
    constexpr auto file = "/proc/self/mountinfo";
    auto const mounts = TRY(context(cgroup::get(sys::cwd, file), "read ", quoted(file)));
    for (auto const line : split(mounts, '\n')) {
        auto const words = split(line, ' ');
        auto const dash = std::ranges::find(words, "-");
        constexpr std::size_t point = 4;
        if (std::ranges::distance(dash, words.end()) > 1 && dash[1] == "resctrl"
            && is_resctrl(std::string(words[point])))
            return std::string(words[point]);
    }
    return fail(Kind::unsupported, member, ": no resctrl file system is mounted");
}

/// Opens a directory below `directory`; refuses a link and another file system.
Sys<Fd> open_below(Fd const& directory, std::string const& path) {
    return sys::openat2<Fd>(directory.number(), path.empty() ? "." : path.c_str(),
                            O_PATH | O_DIRECTORY,
                            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

std::string group_path(std::string const& mount, Plan const& plan) {
    return plan.group.empty() ? mount : text(mount, '/', plan.group);
}
std::string monitor_path(std::string const& group, Plan const& plan) {
    return plan.monitor.empty() ? "" : text(group, "/mon_groups/", plan.monitor);
}

bool is_there(std::string const& path) {
    return sys::faccessat2(sys::cwd, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW).has_value();
}

/// The kernel removes everything below with it, and moves its processes to the default group.
Sys<> remove_directory(std::string const& path, Tree const& tree) {
    if (tree.empty)
        if (auto const directory = sys::openat(sys::cwd, path.c_str(), O_RDONLY | O_DIRECTORY))
            tree.empty(directory->number());
    auto const removed = sys::unlinkat(sys::cwd, path.c_str(), AT_REMOVEDIR);
    if (!removed && removed.error() == Errno{ENOENT}) return {};
    return removed;
}

/// resctrl.rst's way to hide half-made groups from other processes. Any process that can read the
/// directory may hold the lock for ever: then davit continues without it.
void lock(Fd const& mount) {
    sys::Deadline const until(std::chrono::seconds(1));
    while (!sys::flock(mount.number(), LOCK_EX | LOCK_NB) && !until.passed())
        until.sleep(std::chrono::milliseconds(1));
}

} // namespace

Result<Place> plan_group(Plan const& plan, Tree const& tree) {
    Place place;
    place.group = group_path(TRY(find_mount(tree)), plan);
    place.monitor = monitor_path(place.group, plan);
    place.made = plan.presence == Presence::ours && !is_there(place.group);
    if (is_there(place.monitor)) place.monitor.clear();
    return place;
}

/// resctrl says why the last operation failed.
std::unexpected<Error> Group::refused(Errno e, std::string const& story) const {
    auto error = fail_errno(e, story);
    auto const status = cgroup::get(mount_.number(), "info/last_cmd_status");
    if (status && !status->empty() && *status != "ok\n")
        error.error().story += kernel_says(status->substr(0, status->find('\n')));
    return error;
}

Result<> Group::find_or_make(Plan const& plan) {
    auto const path = quoted(place_.group);
    if (plan.presence != Presence::set_up && !plan.group.empty()) {
        auto const made = sys::mkdirat(mount_.number(), plan.group.c_str(), mode);
        bool const may_exist = plan.presence == Presence::any;
        if (!made && !(may_exist && made.error() == Errno{EEXIST}))
            return refused(made.error(), text(member, ": make the group ", path));
        is_new_ = made.has_value();
        place_.made = is_new_ && plan.presence == Presence::ours;
    }
    directory_ =
        TRY(context(open_below(mount_, plan.group), member, "/closID: open the group ", path));
    if (is_new_ && tree_.fill) tree_.fill(directory_.number());
    return {};
}

Result<> Group::set(std::vector<Line> const& lines) {
    if (lines.empty()) return {};
    auto const path = quoted(text(place_.group, "/schemata"));
    std::string there;
    if (!is_new_) there = TRY(context(cgroup::get(directory_.number(), "schemata"), "read ", path));
    // Other containers use an existing group: davit changes their lines only on demand.
    auto const is_written = [&](Line const& line) { return is_new_ || !line.is_compared; };
    for (auto const& line : lines)
        if (!is_written(line) && !has_line(there, line.text))
            return fail(Kind::config, "config.json: ", line.pointer, ": the group ",
                        quoted(place_.group), " is there and has something else than ",
                        quoted(line.text), " in its schemata");
    if (std::ranges::none_of(lines, is_written)) return {};
    auto const file =
        TRY(context(sys::openat(directory_.number(), "schemata", O_WRONLY), "open ", path));
    before_ = there;
    for (auto const& line : lines) {
        if (!is_written(line)) continue;
        auto const text_line = line.text + '\n'; // the kernel needs the newline
        auto const written = sys::write_once(file.number(), text_line.data(), text_line.size());
        if (!written)
            return refused(written.error(), text("config.json: ", line.pointer, ": write ",
                                                 quoted(line.text), " to ", path));
    }
    return {};
}

Result<> Group::monitor(Plan const& plan) {
    if (plan.monitor.empty()) return {};
    auto const path = monitor_path(place_.group, plan);
    auto const story = text(member, "/enableMonitoring: make the monitoring group ", quoted(path));
    auto const groups = TRY(context(open_below(directory_, "mon_groups"), story));
    auto const made = sys::mkdirat(groups.number(), plan.monitor.c_str(), mode);
    if (!made) return refused(made.error(), story);
    place_.monitor = path;
    monitor_ = TRY(context(open_below(groups, plan.monitor), story));
    if (tree_.fill) tree_.fill(monitor_.number());
    return {};
}

Result<Group> Group::make(Plan const& plan, Tree const& tree) {
    Group group(tree);
    auto const mount = TRY(find_mount(tree));
    group.mount_ = TRY(context(sys::openat(sys::cwd, mount.c_str(), O_RDONLY | O_DIRECTORY),
                               "open ", quoted(mount)));
    group.place_.group = group_path(mount, plan);
    lock(group.mount_);
    auto const made = [&]() -> Result<> {
        TRY(group.find_or_make(plan));
        TRY(group.set(plan.lines));
        return group.monitor(plan);
    }();
    if (!made) group.take_back();
    (void)sys::flock(group.mount_.number(), LOCK_UN);
    if (!made) return std::unexpected(made.error());
    return group;
}

Result<Group> Group::open(Place const& place, Tree const& tree) {
    Group group(tree);
    auto const mount = TRY(find_mount(tree));
    group.mount_ = TRY(context(sys::openat(sys::cwd, mount.c_str(), O_RDONLY | O_DIRECTORY),
                               "open ", quoted(mount)));
    group.place_.group = place.group; // davit must not remove the monitoring group
    if (place.group != mount && !place.group.starts_with(text(mount, '/')))
        return fail(Kind::system, "the group ", quoted(place.group), " isn't below ",
                    quoted(mount));
    auto const below = place.group == mount ? "" : place.group.substr(mount.size() + 1);
    group.directory_ =
        TRY(context(open_below(group.mount_, below), "open the group ", quoted(place.group)));
    return group;
}

Result<> Group::change(std::vector<Line> const& lines) {
    lock(mount_);
    auto changed = set(lines);
    (void)sys::flock(mount_.number(), LOCK_UN);
    return changed;
}

Result<> Group::add(int pid) const {
    // In this order: a monitoring group accepts only processes of its control group.
    for (auto const& [directory, path] :
         {std::pair{&directory_, &place_.group}, std::pair{&monitor_, &place_.monitor}}) {
        if (!*directory) continue;
        auto const added = cgroup::put(directory->number(), "tasks", text(pid));
        if (!added)
            return refused(added.error(), text(member, ": add process ", pid, " to ",
                                               quoted(text(*path, "/tasks"))));
    }
    return {};
}

void Group::take_back() {
    if (!place_.monitor.empty()) (void)remove_directory(place_.monitor, tree_);
    // Another container may use the group meanwhile.
    auto const is_in_use = [&] {
        auto const tasks = cgroup::get(directory_.number(), "tasks");
        return !place_.made && tasks && !tasks->empty();
    };
    if (is_new_ && !is_in_use())
        (void)remove_directory(place_.group, tree_);
    else if (!before_.empty())
        (void)cgroup::put(directory_.number(), "schemata", before_);
}

Result<> add(Place const& place, int pid) {
    for (auto const* path : {&place.group, &place.monitor})
        if (!path->empty())
            TRY(context(cgroup::put(sys::cwd, text(*path, "/tasks").c_str(), text(pid)), member,
                        ": add process ", pid, " to ", quoted(text(*path, "/tasks"))));
    return {};
}

Result<> remove(Place const& place, Tree const& tree) {
    // Removes both, even if the first fails.
    auto const monitor = place.monitor.empty() ? Sys<>{} : remove_directory(place.monitor, tree);
    auto const group = place.made ? remove_directory(place.group, tree) : Sys<>{};
    TRY(context(Sys<>(monitor), "remove the monitoring group ", quoted(place.monitor)));
    return context(Sys<>(group), "remove the resctrl group ", quoted(place.group));
}

} // namespace davit::rdt
