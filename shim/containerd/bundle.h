// SPDX-License-Identifier: Apache-2.0
// shim/containerd/bundle.h - what a shim reads and leaves in a container's bundle.
#pragma once

#include <string>
#include <string_view>

#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// The bundle of "start" and "delete", absolute: the flag's, or the working directory.
[[nodiscard]] Result<std::string> bundle_of(Flags const& flags);

/// Notes where the container's state will be. "start" calls it before it makes anything, so that
/// "delete" finds the state whatever becomes of the server.
[[nodiscard]] Result<> note_state_root(std::string const& bundle, std::string_view root);

/// "" if no root was noted: there is no container.
[[nodiscard]] Result<std::string> noted_state_root(std::string const& bundle);

/// The path of the socket that "start" has given to the bundle's container; "" if there is none.
[[nodiscard]] std::string noted_socket(std::string const& bundle);

} // namespace davit::shim::containerd
