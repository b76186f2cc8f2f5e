// SPDX-License-Identifier: Apache-2.0
// tools/hints.h - what the user may do about an error.
#pragma once

#include <string_view>

#include "davit/result.h"

namespace davit::cli {

/// A line without newline, or "". Only for people, not for callers: it searches the story's text.
[[nodiscard]] std::string_view hint_for(Error const& error, bool is_root);

} // namespace davit::cli
