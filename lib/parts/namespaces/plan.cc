// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/plan.cc - who makes and joins which namespace. Runs in: parent, pure.
//
// clone3 makes them, still in the memory cgroup of whoever called create: a network namespace alone
// costs 140 KiB that a small container can't spare. A cgroup namespace is init's business, since it
// must be made inside the group.
#include "parts/namespaces/plan.h"

#include "spec/names.h"

namespace davit::namespaces {

std::string_view file_name(spec::NamespaceType type) {
    switch (type) {
    case spec::NamespaceType::time: return "time";
    case spec::NamespaceType::mount: return "mnt";
    case spec::NamespaceType::cgroup: return "cgroup";
    case spec::NamespaceType::uts: return "uts";
    case spec::NamespaceType::ipc: return "ipc";
    case spec::NamespaceType::user: return "user";
    case spec::NamespaceType::pid: return "pid";
    case spec::NamespaceType::network: return "net";
    }
    return "?";
}

Result<Planned> plan(spec::Config const& config, plan::Builder& builder) {
    Planned planned;
    std::vector<Join> joins;
    bool own_mounts = false;
    for (auto const& wanted : config.linux.namespaces) {
        auto const flag = static_cast<std::uint64_t>(wanted.type);
        own_mounts |= wanted.type == spec::NamespaceType::mount;
        if (!wanted.path.empty()) {
            joins.push_back({flag, builder.text(wanted.path)});
            planned.joined.push_back(wanted);
            planned.inside.join_pid |= wanted.type == spec::NamespaceType::pid;
            continue;
        }
        (wanted.type == spec::NamespaceType::cgroup ? planned.inside.make : planned.clone_flags) |=
            flag;
        planned.inside.loopback_up |= wanted.type == spec::NamespaceType::network;
    }
    // Everything below the rootfs would otherwise be mounted on the host.
    if (!own_mounts)
        return fail(Kind::unsupported,
                    "config.json: /linux/namespaces: a container needs a \"mount\" namespace");
    planned.inside.join = builder.list(joins);
    if (!config.hostname.empty()) planned.inside.hostname = builder.text(config.hostname);
    if (!config.domainname.empty()) planned.inside.domainname = builder.text(config.domainname);
    return planned;
}

} // namespace davit::namespaces
