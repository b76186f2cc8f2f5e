// SPDX-License-Identifier: Apache-2.0
// parts/users/plan.cc - the container's user namespace, new or joined. Runs in: parent, pure.
#include "parts/users/plan.h"

#include <algorithm>
#include <string_view>

namespace davit::users {

namespace {

Result<> maps_root(std::vector<spec::IdMapping> const& mappings, std::string_view member) {
    if (mappings.empty())
        return fail(Kind::config, "config.json: /linux/", member,
                    ": required for a new user namespace");
    if (!outside(mappings, 0))
        return fail(Kind::config, "config.json: /linux/", member,
                    ": expected an entry for containerID 0, which sets the container up");
    return {};
}

} // namespace

std::optional<std::uint32_t> outside(std::vector<spec::IdMapping> const& mappings,
                                     std::uint32_t inside) {
    for (auto const& mapping : mappings)
        if (inside >= mapping.container_id && inside - mapping.container_id < mapping.size)
            return mapping.host_id + (inside - mapping.container_id);
    return {};
}

Result<Plan> plan(spec::Config const& config) {
    auto const& linux = config.linux;
    auto const wanted =
        std::ranges::find(linux.namespaces, spec::NamespaceType::user, &spec::Namespace::type);
    Plan plan;
    if (wanted == linux.namespaces.end()) return plan;
    plan.how = wanted->path.empty() ? How::make : How::join;
    plan.maps = {linux.uid_mappings, linux.gid_mappings};
    if (plan.how == How::join) return plan;
    TRY(maps_root(plan.maps.uids, "uidMappings"));
    TRY(maps_root(plan.maps.gids, "gidMappings"));
    return plan;
}

} // namespace davit::users
