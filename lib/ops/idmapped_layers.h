// SPDX-License-Identifier: Apache-2.0
// ops/idmapped_layers.h - a root file system whose files belong to a user namespace's ids, as
// containerd asks for it: options "uidmap=" and "gidmap=". Runs in: parent, and its child.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::layers {

/// The two options as they stand in the mount; both empty: no idmap.
struct Idmap {
    std::string_view uids, gids;
    [[nodiscard]] bool wanted() const { return !uids.empty() || !gids.empty(); }
};

/// The user namespace with these maps.
Result<NsFd> user_namespace(Idmap const& idmap);

/// Shows the owners in a detached mount as `ns` maps them; `name` is the mount's source, for
/// stories.
Result<> apply(TreeFd const& tree, NsFd const& ns, Idmap const& idmap, std::string_view name);

/// An overlay, detached, with its lower layers idmapped. `parameters` are its options, "lowerdir="
/// among them; `flags` those of mount(2).
Result<TreeFd> overlay(Idmap const& idmap, std::string const& source,
                       std::vector<std::string_view> parameters, std::uint64_t flags);

} // namespace davit::layers
