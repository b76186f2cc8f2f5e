// SPDX-License-Identifier: Apache-2.0
// shim/containerd/failure.h - how this folder makes an Error.
#pragma once

#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "davit/result.h"

namespace davit::shim::containerd {

[[nodiscard]] inline std::unexpected<Error> failure(Kind kind, std::string story) {
    return std::unexpected(Error{kind, 0, std::move(story)});
}

/// A system call failed: `what` was being done, `errnum` is why it could not be.
[[nodiscard]] inline std::unexpected<Error> system_failure(std::string const& what, int errnum) {
    return std::unexpected(Error{Kind::system, errnum, what + ": " + std::strerror(errnum)});
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

} // namespace davit::shim::containerd
