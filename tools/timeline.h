// SPDX-License-Identifier: Apache-2.0
// tools/timeline.h - a timeline as text.
#pragma once

#include <string>

#include "davit/trace.h"

namespace davit::cli {

/// One line for each span, with a bar to scale. The spans of a process stand together; a span
/// within another is indented. Lines have at most `width` characters, which is 60 or more.
[[nodiscard]] std::string draw(Trace const& trace, std::size_t width);

} // namespace davit::cli
