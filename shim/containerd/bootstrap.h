// SPDX-License-Identifier: Apache-2.0
// shim/containerd/bootstrap.h - what containerd says to "start", and the answer it understands.
//
// containerd up to 2.2 writes its options (an Any, or nothing) and takes an address (1.6) or JSON;
// from 2.3 on it writes BootstrapParams and takes a BootstrapResult.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "containerd/boot_messages.h"
#include "containerd/flags.h"
#include "davit/result.h"

namespace davit::shim::containerd {

enum class Dialect {
    address, ///< 1.6: the bare address
    json,    ///< 1.7 to 2.2
    protobuf,
};

struct StartInput {
    Dialect dialect = Dialect::address;
    std::optional<Any> options;
    std::string socket_directory;
    std::string ttrpc_address; ///< "": what the environment says
};

/// Any and BootstrapParams begin with the same sort of field: `bytes` are BootstrapParams if their
/// id and namespace are those of the command line. `max_shim_version`: $MAX_SHIM_VERSION, null if
/// unset, as 1.6 leaves it.
[[nodiscard]] Result<StartInput> read_input(std::string_view bytes, Flags const& flags,
                                            char const* max_shim_version);

/// What "start" prints for a socket at `path`.
[[nodiscard]] std::string answer(Dialect dialect, std::string const& path);

} // namespace davit::shim::containerd
