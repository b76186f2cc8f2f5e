// SPDX-License-Identifier: Apache-2.0
// parts/users/plan.h - the container's user namespace, new or joined. Runs in: parent, pure.
//
// config-linux.md#user-namespace-mappings, user_namespaces(7).
#pragma once

#include <optional>

#include "base/result.h"
#include "parts/users/users.h"

namespace davit::users {

enum class How {
    none, ///< the container's ids are the caller's
    make,
    join,
};

struct Plan {
    How how = How::none;
    IdMaps maps; ///< make: to write; join: to compare, if there are any
};

/// Kind::config for a new namespace that doesn't map its root: init sets up the container as that
/// root.
Result<Plan> plan(spec::Config const& config);

/// The outside id of an inside id; nothing if it has none.
std::optional<std::uint32_t> outside(std::vector<spec::IdMapping> const& mappings,
                                     std::uint32_t inside);

} // namespace davit::users
