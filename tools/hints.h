// SPDX-License-Identifier: Apache-2.0
// tools/hints.h - what a person may do about an error.
#pragma once

#include <string_view>

#include "davit/result.h"

namespace davit::cli {

/// A line without newline, or "". Not for callers: they search the story, and only that.
[[nodiscard]] std::string_view hint_for(Error const& error, bool is_root);

} // namespace davit::cli
