// SPDX-License-Identifier: Apache-2.0
// tools/columns.h - text in columns.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace davit::cli {

using Row = std::vector<std::string>;

/// A column is as wide as its widest cell and `gap` more, but at least `least`; the last one isn't
/// filled up. Widths are counted in UTF-8 characters. All rows have the same number of cells.
[[nodiscard]] std::string columns(std::span<Row const> rows, std::size_t least, std::size_t gap);

} // namespace davit::cli
