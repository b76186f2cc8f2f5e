// SPDX-License-Identifier: Apache-2.0
// json/describe.h - a type in the words of error messages and of the documentation. Runs in:
// parent.
#pragma once

#include <string>
#include <string_view>

#include "json/type.h"

namespace davit::json {

/// "an integer from 0 to 65535", "a string", "one of "a", "b"", "an array", …
std::string describe(Type const& type);

/// `s` in quotes, and no more than its first 40 bytes.
std::string shortened(std::string_view s);

} // namespace davit::json
