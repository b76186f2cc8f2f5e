// SPDX-License-Identifier: Apache-2.0
// shim/core/names.h - ids and paths as they may come in a request or on the command line.
#pragma once

#include <string_view>

#include "davit/result.h"

namespace davit::shim {

/// An id, which may become the name of a file: 1 to 255 bytes without "/" and NUL, and neither "."
/// nor "..". Kind::config otherwise; the error names @p what.
Result<> check_id(std::string_view what, std::string_view id);

/// An absolute path without NUL and "..": it leads where it says. Kind::config otherwise; the error
/// names @p what.
Result<> check_path(std::string_view what, std::string_view path);

} // namespace davit::shim
