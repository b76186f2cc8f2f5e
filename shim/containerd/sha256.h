// SPDX-License-Identifier: Apache-2.0
// shim/containerd/sha256.h - the hash in a socket's name. FIPS 180-4.
#pragma once

#include <string>
#include <string_view>

namespace davit::shim::containerd {

/// In lower-case hexadecimal.
[[nodiscard]] std::string sha256(std::string_view text);

} // namespace davit::shim::containerd
