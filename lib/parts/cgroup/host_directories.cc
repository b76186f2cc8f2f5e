// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_directories.cc - making one group's directory, ready for processes and limits.
//
// Runs in: parent. Kernel interface: cgroup-v2.rst (cgroup.subtree_control), v1 cpusets.rst.
#include <linux/magic.h>

#include <algorithm>
#include <cstring>

#include "parts/cgroup/directories.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

constexpr auto subtree_control = "cgroup.subtree_control";
constexpr unsigned mode = 0755;
// Each failed try means that the removal of another container took a parent away meanwhile.
constexpr int most_tries = 1000;

using Names = std::vector<std::string>;

bool has(std::vector<std::string_view> const& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// "a", "a/b", … of "/a/b/leaf": the groups above it, from the top.
Names ancestors(std::string const& path) {
    Names out;
    for (auto slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1))
        out.push_back(path.substr(1, slash - 1));
    return out;
}

/// A directory that was removed meanwhile: kernfs says ENODEV once it was opened.
bool vanished(Errno e) { return e.value == ENOENT || e.value == ENODEV; }

Sys<> make_parents(Place const& place, int mount) {
    for (auto const& name : ancestors(place.path)) {
        auto const made = sys::mkdirat(mount, name.c_str(), mode);
        if (made)
            mark_as_made(text(place.mount, '/', name));
        else if (made.error().value != EEXIST)
            return made;
    }
    return {};
}

/// The wanted controllers that the file's content lacks, as "+cpu +memory".
std::string lacking(Names const& wanted, std::string_view content) {
    auto const enabled = split(stripped(content), ' ');
    std::string out;
    for (auto const& name : wanted)
        if (!has(enabled, name)) out += text(out.empty() ? "+" : " +", name);
    return out;
}

/// Enables `wanted` for the children of one group. It reads first: a write takes locks that stop
/// the forks of the whole host.
Result<> enable_in(Place const& place, int mount, std::string const& group, Names const& wanted,
                   Names const& needed) {
    auto const file = text(group, group.empty() ? "" : "/", subtree_control);
    auto const full = [&] { return quoted(text(place.mount, '/', file)); };
    auto const content = TRY(context(get(mount, file.c_str()), "read ", full()));
    auto const all = lacking(wanted, content);
    if (all.empty()) return {};
    auto const done = put(mount, file.c_str(), all);
    if (done) return {};
    // The group has processes of its own (a davit inside a container: itself). It could still
    // enable cpu or pids alone. But that makes it a threaded domain, in which no new group accepts
    // a process: none at all is better.
    if (done.error().value == EBUSY && needed.empty()) return {};
    // One of them isn't available here: tries each alone.
    for (auto const name : split(all, ' ')) {
        auto const one = put(mount, file.c_str(), name);
        if (one || std::find(needed.begin(), needed.end(), name.substr(1)) == needed.end())
            continue;
        // ENOENT: either the group was removed (then reading fails as well), or …
        if (one.error().value == ENOENT && get(mount, file.c_str()))
            return fail(Kind::unsupported, "the ", name.substr(1),
                        " cgroup controller isn't available in ", full());
        return fail_errno(one.error(), "write ", quoted(name), " to ", full());
    }
    return {};
}

/// Enables the hierarchy's controllers for the children of the group above `place`.
Result<> enable_controllers(Place const& place, int mount, Names const& needed) {
    auto const above = ancestors(place.path);
    auto const parent = above.empty() ? "" : above.back() + '/';
    // Another container's create has usually done it before.
    auto const content = get(mount, (parent + subtree_control).c_str());
    if (content && lacking(place.controllers, *content).empty()) return {};
    TRY(enable_in(place, mount, "", place.controllers, needed));
    for (auto const& group : above) TRY(enable_in(place, mount, group, place.controllers, needed));
    return {};
}

/// An empty cpuset accepts no process, and a new one of v1 is empty. From the top down: each copies
/// the one above it.
Sys<> initialise_cpuset(Place const& place, int mount) {
    auto groups = ancestors(place.path);
    groups.push_back(place.path.substr(1));
    for (auto const file : {"cpuset.cpus", "cpuset.mems"}) {
        std::vector<std::string> empty;
        auto value = std::string();
        auto at = groups.size();
        if (place.made) empty.push_back(groups[--at]); // so is every new group
        for (; at > 0 && stripped(value).empty(); --at) {
            value = TRY(get(mount, text(groups[at - 1], '/', file).c_str()));
            if (stripped(value).empty()) empty.push_back(groups[at - 1]);
        }
        if (stripped(value).empty()) value = TRY(get(mount, file));
        for (auto group = empty.rbegin(); group != empty.rend(); ++group)
            TRY(put(mount, text(*group, '/', file).c_str(), stripped(value)));
    }
    return {};
}

Result<CgroupFd> open_mount(Place const& place, Filesystem filesystem) {
    auto mount =
        TRY(context(sys::openat<CgroupFd>(sys::cwd, place.mount.c_str(), O_PATH | O_DIRECTORY),
                    "open ", quoted(place.mount)));
    if (filesystem == Filesystem::any) return mount;
    auto const st = TRY(context(sys::fstatfs(mount.number()), "inspect ", quoted(place.mount)));
    if (st.f_type != (place.v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
        return fail(Kind::system, quoted(place.mount), " is no cgroup", place.v2 ? "2" : "",
                    " mount");
    return mount;
}

/// One round; nothing if another process removed a parent meanwhile.
Result<CgroupFd> try_to_make(Place& place, int mount, Names const& needed, Filesystem filesystem) {
    if (place.v2) {
        auto enabled = enable_controllers(place, mount, needed);
        if (!enabled) return std::unexpected(std::move(enabled).error());
    }
    auto const made = sys::mkdirat(mount, place.path.c_str() + 1, mode);
    if (!made && made.error().value != EEXIST)
        return fail_errno(made.error(), "make cgroup ", quoted_file(place));
    place.made = made.has_value();
    auto group = open_group(mount, place.path);
    if (group
        && std::find(place.controllers.begin(), place.controllers.end(), "cpuset")
               != place.controllers.end()
        && !place.v2 && filesystem == Filesystem::cgroup)
        if (auto const set = initialise_cpuset(place, mount); !set) {
            if (place.made) (void)sys::unlinkat(mount, place.path.c_str() + 1, AT_REMOVEDIR);
            return fail_errno(set.error(), "initialise the cpuset of ", quoted_file(place));
        }
    return context(std::move(group), "open cgroup ", quoted_file(place));
}

} // namespace

Result<CgroupFd> make_directory(Place& place, Names const& needed, Filesystem filesystem) {
    auto const mount = TRY(open_mount(place, filesystem));
    for (int tries = 1;; ++tries) {
        place.made = false; // nothing to take back yet
        auto group = try_to_make(place, mount.number(), needed, filesystem);
        if (group || tries == most_tries || !vanished({group.error().errnum})) return group;
        auto const parents = make_parents(place, mount.number());
        if (!parents && !vanished(parents.error()))
            return fail_errno(parents.error(), "make the groups above ", quoted_file(place));
    }
}

Result<> enable_controllers(Place const& place, CgroupFd const& group, Names const& needed) {
    if (needed.empty()) return {};
    auto const has = TRY(context(get(group.number(), "cgroup.controllers"), "read ",
                                 quoted_file(place, "cgroup.controllers")));
    if (lacking(needed, has).empty()) return {};
    auto const mount = TRY(open_mount(place, Filesystem::cgroup));
    return enable_controllers(place, mount.number(), needed);
}

} // namespace davit::cgroup
