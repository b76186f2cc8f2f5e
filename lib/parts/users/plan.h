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
    IdMaps maps; ///< make: to be written; join: what it has to have, if there are any
};

/// Kind::config for a new namespace that doesn't map its root: who sets the container up is it.
Result<Plan> plan(spec::Config const& config);

/// The id outside for one inside; nothing if it has none.
std::optional<std::uint32_t> outside(std::vector<spec::IdMapping> const& mappings,
                                     std::uint32_t inside);

} // namespace davit::users
