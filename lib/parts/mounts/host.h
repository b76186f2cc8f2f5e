// SPDX-License-Identifier: Apache-2.0
// parts/mounts/host.h - the mounts that init only has to attach. Runs in: parent.
#pragma once

#include <vector>

#include "base/result.h"
#include "davit/fd.h"
#include "plan/plan.h"

namespace davit::mounts {

/// What the parent sends to init instead of a path.
struct Source {
    Fd fd;
    bool is_place = false; ///< init copies it in its mount namespace; else a detached tree
};

/// Does what needs the host's root: makes idmapped mounts, which take CAP_SYS_ADMIN over their file
/// system, and opens sources that the root of the container's user namespace may not reach. The
/// sources of idmapped mounts are paths of the caller, even if init joins a mount namespace.
class Trees {
  public:
    /// `init` already lives in the container's user namespace, if there is one.
    Trees(plan::Plan const& plan, int init)
        : plan_(plan), init_(init), namespaces_(plan.mount_maps.size()) {}

    /// The container's root, with all that is mounted below.
    Result<Source> root();

    /// The source of the n-th mount of the plan. A tree is in no peer group of the host, idmapped
    /// if asked for; it lacks the attributes of `below`.
    Result<Source> make(std::size_t n);

  private:
    Result<TreeFd> filesystem(Mount const& mount, std::string const& name) const;
    Result<Source> place(std::string const& path, std::string const& name);
    Result<TreeFd> copy(Mount const& mount, std::string const& name) const;
    [[nodiscard]] Result<NsFd> user_namespace(users::IdMaps const& maps) const;
    [[nodiscard]] Result<> cut_off(TreeFd const& tree, std::string const& name) const;
    Result<> idmap(TreeFd const& tree, Mount const& mount, std::string const& name);

    plan::Plan const& plan_;
    int init_;
    PathFd init_root_;             ///< opened when it is first needed
    std::vector<NsFd> namespaces_; ///< of plan_.mount_maps, each made when it is first needed
};

} // namespace davit::mounts
