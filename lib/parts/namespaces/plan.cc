// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/plan.cc - which process makes and joins which namespace. Runs in: parent, pure.
//
// clone3 makes them, still in the memory cgroup of the caller: a network namespace alone takes 140
// KiB that a small container can't spare. init makes a cgroup namespace, since it must be inside
// the group by then. A time namespace is made before init, so that init has its clock.
#include "parts/namespaces/plan.h"

#include <algorithm>
#include <utility>

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

namespace {

/// The lines for /proc/PID/timens_offsets.
std::string time_offsets(spec::Config const& config) {
    std::string lines;
    for (auto const& [clock, offset] : config.linux.time_offsets)
        lines += text(clock, " ", offset.secs, " ", offset.nanosecs, "\n");
    return lines;
}

void make(spec::Namespace const& wanted, spec::Config const& config, Planned& planned) {
    auto const flag = static_cast<std::uint64_t>(wanted.type);
    switch (wanted.type) {
    case spec::NamespaceType::cgroup: planned.inside.make |= flag; break;
    case spec::NamespaceType::time: planned.time_offsets = time_offsets(config); break;
    case spec::NamespaceType::network: planned.inside.loopback_up = 1; [[fallthrough]];
    default: planned.clone_flags |= flag;
    }
}

/// The host's root can enter the host's namespaces only before it enters a user namespace. Other
/// users can enter none until they are root of their user namespace.
void order(std::vector<spec::Namespace>& joined, bool privileged) {
    std::ranges::stable_partition(joined, [&](auto const& one) {
        return (one.type == spec::NamespaceType::user) != privileged;
    });
}

} // namespace

Result<Planned> plan(spec::Config const& config, bool privileged, plan::Builder& builder) {
    Planned planned;
    bool own_users = false;
    for (auto const& wanted : config.linux.namespaces) {
        own_users |= wanted.type == spec::NamespaceType::user;
        if (wanted.path.empty())
            make(wanted, config, planned);
        else
            planned.joined.push_back(wanted);
    }
    order(planned.joined, privileged);
    std::vector<Join> joins;
    for (auto const& joined : planned.joined) {
        joins.push_back({static_cast<std::uint64_t>(joined.type), builder.text(joined.path)});
        planned.inside.join_pid |= joined.type == spec::NamespaceType::pid;
    }
    planned.inside.second = own_users && !joins.empty();
    if (planned.inside.second)
        planned.inside.in_second = std::exchange(planned.clone_flags, std::uint64_t{0});
    planned.inside.join = builder.list(joins);
    if (!config.hostname.empty()) planned.inside.hostname = builder.text(config.hostname);
    if (!config.domainname.empty()) planned.inside.domainname = builder.text(config.domainname);
    return planned;
}

} // namespace davit::namespaces
