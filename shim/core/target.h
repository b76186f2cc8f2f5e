// SPDX-License-Identifier: Apache-2.0
// shim/core/target.h - what a stream's name in a request means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit::shim {

struct Target {
    enum class Form { none, path, file, binary };
    Form form = Form::none;
    std::string path;
    std::vector<std::string> arguments; ///< of a binary: keys and values of the query, in order
};

/// Pure. Kind::unsupported for another scheme, Kind::config for a malformed name.
Result<Target> parse_target(std::string_view name);

} // namespace davit::shim
