// SPDX-License-Identifier: Apache-2.0
// tools/columns.cc - text in columns.
#include "columns.h"

#include <algorithm>

namespace davit::cli {

namespace {

std::size_t width(std::string const& cell) {
    return static_cast<std::size_t>(
        std::ranges::count_if(cell, [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

std::string columns(std::span<Row const> rows, std::size_t least, std::size_t gap) {
    std::vector<std::size_t> widths;
    for (auto const& row : rows) {
        if (widths.size() < row.size()) widths.resize(row.size(), least);
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]) + gap);
    }
    std::string text;
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += row[i];
            if (i + 1 < row.size()) text.append(widths[i] - width(row[i]), ' ');
        }
        text += '\n';
    }
    return text;
}

} // namespace davit::cli
