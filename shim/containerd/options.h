// SPDX-License-Identifier: Apache-2.0
// shim/containerd/options.h - what containerd's configuration says about this runtime.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "containerd/boot_messages.h"
#include "davit/result.h"

namespace davit::shim::containerd {

/// runc's options, and what of them has no effect here.
struct Options {
    RuncOptions runc;
    std::vector<std::string> warnings;
};

/// Options come in three shapes: absent or empty; containerd.runc.v1.Options (`ctr`, Docker, a
/// runtime whose type is runc's); runtimeoptions.v1.Options (CRI, any other type). The last one has
/// TOML, or the name of a TOML file, with the keys of the CRI's table for runc (SystemdCgroup,
/// Root, …).
[[nodiscard]] Result<Options> read_options(std::optional<Any> const& any);

/// Where the states of a namespace's containers are: `options.root`/NAMESPACE.
[[nodiscard]] std::string state_root(RuncOptions const& options, std::string_view name_space);

} // namespace davit::shim::containerd
