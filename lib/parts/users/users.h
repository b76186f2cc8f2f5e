// SPDX-License-Identifier: Apache-2.0
// parts/users/users.h - what the ids of a user namespace are outside of it. Runs in: parent.
//
// config-linux.md#user-namespace-mappings, user_namespaces(7).
#pragma once

#include <vector>

#include "davit/spec.h"

namespace davit::users {

/// The maps of one user namespace, from its ids to those of its parent.
struct IdMaps {
    std::vector<spec::IdMapping> uids, gids;
    bool operator==(IdMaps const&) const = default;
};

} // namespace davit::users
