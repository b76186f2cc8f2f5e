// SPDX-License-Identifier: Apache-2.0
// parts/mounts/cgroup_plan.cc - what "type": "cgroup" means on this host. Runs in: parent, pure.
//
// cgroups(7), cgroup_namespaces(7). The host shares these file systems: davit never sets a
// superblock flag on them; "ro" makes only the mount read-only.
#include <linux/mount.h>

#include "parts/mounts/plan.h"

namespace davit::mounts {

namespace {

constexpr auto read_only = std::uint64_t{MOUNT_ATTR_RDONLY};

std::string joined(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names) {
        if (!out.empty()) out += ',';
        out += name;
    }
    return out;
}

/// "cpu,cpuacct", "systemd" for "name=systemd", "unified" for v2: as systemd names them.
std::string directory_of(cgroup::Hierarchy const& hierarchy) {
    if (hierarchy.v2) return "unified";
    auto const name = joined(hierarchy.controllers);
    return name.starts_with("name=") ? name.substr(5) : name;
}

Draft whole_v2(Draft draft) {
    draft.type = "cgroup2";
    draft.parameters = {{"source", "cgroup"}};
    return draft;
}

/// A new mount of cgroup2 from the host's cgroup namespace would set the options of all its mounts
/// (nsdelegate, memory_recursiveprot) to the container's, and wait for an RCU grace period: 15 ms.
Draft copy_of_hosts(Draft draft, cgroup::Layout const& layout) {
    draft.action = Action::bind;
    draft.source = layout.hierarchies.front().mount;
    draft.parameters.clear();
    return draft;
}

/// The group of the container's process in this hierarchy.
cgroup::Place const* group_in(cgroup::Hierarchy const& hierarchy, cgroup::Plan const& groups) {
    for (auto const& group : groups.groups)
        if (group.mount == hierarchy.mount) return &group;
    return nullptr;
}

Draft v1_hierarchy(Draft draft, cgroup::Hierarchy const& hierarchy, bool own_namespace,
                   cgroup::Plan const& groups) {
    draft.destination += "/" + directory_of(hierarchy);
    if (!own_namespace) {
        // The host's namespace shows the whole tree: the container gets only its own branch.
        // Without a group it has its caller's; in a user namespace it could mount no other.
        auto const* const group = group_in(hierarchy, groups);
        draft.action = Action::bind;
        draft.source = group ? group->mount + group->path : hierarchy.mount + hierarchy.own;
        draft.parameters.clear();
        return draft;
    }
    if (hierarchy.v2) return whole_v2(std::move(draft));
    draft.parameters = {{"source", "cgroup"}};
    auto const& first = hierarchy.controllers.front();
    if (first.starts_with("name=")) draft.parameters.emplace_back("none", std::nullopt);
    for (auto const& controller : hierarchy.controllers) {
        auto const equals = controller.find('=');
        if (equals == controller.npos)
            draft.parameters.emplace_back(controller, std::nullopt);
        else
            draft.parameters.emplace_back(controller.substr(0, equals),
                                          controller.substr(equals + 1));
    }
    return draft;
}

} // namespace

void append_cgroup_mounts(Draft const& wanted, bool own_namespace, cgroup::Layout const& layout,
                          cgroup::Plan const& groups, std::vector<Draft>& drafts) {
    if (layout.mode == cgroup::Mode::unified) {
        drafts.push_back(own_namespace ? whole_v2(wanted) : copy_of_hosts(wanted, layout));
        return;
    }
    Draft directory = wanted;
    directory.type = "tmpfs";
    directory.here.set &= ~read_only;
    directory.parameters = {{"source", "tmpfs"}, {"mode", "755"}};
    directory.sealed = (wanted.here.set & read_only) != 0;
    drafts.push_back(directory);
    for (auto const& hierarchy : layout.hierarchies) {
        drafts.push_back(v1_hierarchy(wanted, hierarchy, own_namespace, groups));
        if (hierarchy.controllers.size() < 2 || hierarchy.v2) continue;
        for (auto const& controller : hierarchy.controllers) {
            Draft link;
            link.action = Action::link;
            link.item = wanted.item;
            link.source = joined(hierarchy.controllers);
            link.destination = wanted.destination + "/" + controller;
            drafts.push_back(std::move(link));
        }
    }
}

} // namespace davit::mounts
