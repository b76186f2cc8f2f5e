// SPDX-License-Identifier: Apache-2.0
// shim/core/names.h - ids and paths as they may come in a request or on the command line.
#pragma once

#include <string_view>

#include "davit/result.h"

namespace davit::shim {

/// An id, which may become the name of a file: 1 to 255 bytes without "/" and NUL, and neither "."
/// nor "..". Kind::config otherwise; @p what is named.
Result<> check_id(std::string_view what, std::string_view id);

/// A path from the host's root, without NUL and without "..": where it leads is what it says.
/// Kind::config otherwise; @p what is named.
Result<> check_path(std::string_view what, std::string_view path);

} // namespace davit::shim
