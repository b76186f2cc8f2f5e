// SPDX-License-Identifier: Apache-2.0
// shim/containerd/address.h - the socket of a shim: where it is, and who listens there.
#pragma once

#include <string>
#include <string_view>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::shim::containerd {

inline constexpr std::string_view default_socket_directory = "/run/containerd/s";

/// The socket of all containers of `group`: DIRECTORY/sha256(containerd's address/namespace/group).
[[nodiscard]] std::string socket_path(std::string_view directory, std::string_view address,
                                      std::string_view name_space, std::string_view group);

/// Listens at `path`, mode 0600, in a directory of our user alone (made if need be). An empty Fd if
/// a process listens there already: the group has its shim. Replaces the socket of a dead shim. Two
/// processes that call this at once get one socket between them.
[[nodiscard]] Result<Fd> listen_at(std::string const& path);

/// Removes `path` unless a process listens there.
void remove_dead_socket(std::string const& path);

} // namespace davit::shim::containerd
