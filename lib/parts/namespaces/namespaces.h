// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/namespaces.h - which namespaces the container gets, and which it joins.
//
// Runs in: both. config-linux.md#namespaces, namespaces(7).
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::namespaces {

/// One namespace to join; the parent sends its fd, in the order of the list.
struct Join {
    std::uint64_t type = 0; ///< CLONE_NEW*; for exec: of all, and the fd is a pidfd
    plan::Text path;        ///< for the story; for exec: absent
};

/// init's part.
struct InitPlan {
    std::uint64_t make = 0;      ///< CLONE_NEW* that init unshares: the cgroup namespace
    std::uint64_t in_second = 0; ///< CLONE_NEW* that init's second process gets, see `second`
    plan::List<Join> join;
    /// 1: a user namespace is new or joined, and other namespaces are joined. As root of that user
    /// namespace init could enter only namespaces that belong to it. So init enters all first, then
    /// a second process continues.
    std::uint32_t second = 0;
    std::uint32_t join_pid = 0; ///< 1: one of `join` is a pid namespace: a second process is needed
    std::uint32_t loopback_up = 0;
    std::uint32_t unused = 0; ///< where there would be padding
    plan::Text hostname;
    plan::Text domainname;
};

Sys<> join(init::Init& init);
/// Returns only in the second process.
Sys<> enter_pid_namespace(init::Init& init);
Sys<> make(init::Init& init);
Sys<> set_names(init::Init& init);
Sys<> raise_loopback(init::Init& init);

} // namespace davit::namespaces
