// SPDX-License-Identifier: Apache-2.0
// parts/mounts/host.h - the mounts that init only has to attach. Runs in: parent.
#pragma once

#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "plan/plan.h"

namespace davit::mounts {

/// Makes what only the host's root can: idmapped mounts, which take CAP_SYS_ADMIN where their file
/// system belongs, and for a container with a user namespace copies of what its root may not reach.
/// Their sources are the caller's paths, even if init joins a mount namespace.
class Trees {
  public:
    /// `init` lives in the container's user namespace already, if there is one.
    Trees(plan::Plan const& plan, int init)
        : plan_(plan), init_(init), namespaces_(plan.mount_maps.size()) {}

    /// The container's root, with all that is mounted below.
    [[nodiscard]] Result<TreeFd> root() const;

    /// The n-th mount of the plan: detached, of no peer group of the host's, idmapped if asked for;
    /// not yet with the attributes of `below`.
    Result<TreeFd> make(std::size_t n);

  private:
    Result<TreeFd> filesystem(Mount const& mount, std::string const& name) const;
    Result<TreeFd> copy(Mount const& mount, std::string const& name) const;
    [[nodiscard]] Result<NsFd> user_namespace(users::IdMaps const& maps) const;
    [[nodiscard]] Result<> cut_off(TreeFd const& tree, std::string const& name) const;
    Result<> idmap(TreeFd const& tree, Mount const& mount, std::string const& name);

    plan::Plan const& plan_;
    int init_;
    std::vector<NsFd> namespaces_; ///< of plan_.mount_maps, each made when it is first needed
};

} // namespace davit::mounts
