// SPDX-License-Identifier: Apache-2.0
// parts/mounts/host.h - the mounts that init only has to attach. Runs in: parent.
#pragma once

#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "plan/plan.h"

namespace davit::mounts {

/// Makes what only the host's root can: idmapped mounts, which take CAP_SYS_ADMIN where their file
/// system belongs. Their sources are the caller's paths, even if init joins a mount namespace.
class Trees {
  public:
    explicit Trees(plan::Plan const& plan) : plan_(plan), namespaces_(plan.mount_maps.size()) {}

    /// The n-th mount of the plan: detached, of no peer group of the host's, idmapped if asked for;
    /// not yet with the attributes of `below`.
    Result<TreeFd> make(std::size_t n);

  private:
    Result<TreeFd> filesystem(Mount const& mount, std::string const& name) const;
    Result<TreeFd> copy(Mount const& mount, std::string const& name) const;
    Result<> idmap(TreeFd const& tree, Mount const& mount, std::string const& name);

    plan::Plan const& plan_;
    std::vector<NsFd> namespaces_; ///< of plan_.mount_maps, each made when it is first needed
};

} // namespace davit::mounts
