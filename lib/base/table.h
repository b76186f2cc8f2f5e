// SPDX-License-Identifier: Apache-2.0
// base/table.h - constant tables searched by name, sorted and checked at compile time. Runs in:
// both.
//
//   struct Row { std::string_view name; int value; };
//   constexpr auto rows = table<Row>({{"b", 2}, {"a", 1}});   // a doubled name doesn't compile
//   if (auto* row = find(rows, "a")) …
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace davit {

namespace detail {
// Called only when a table is wrong. It isn't constexpr: the compiler stops and names it.
void table_has_a_doubled_name();
} // namespace detail

/// The rows sorted by `name`.
template <class Row, std::size_t N>
consteval std::array<Row, N> table(Row const (&rows)[N]) {
    std::array<Row, N> sorted{};
    std::copy(rows, rows + N, sorted.begin());
    std::sort(sorted.begin(), sorted.end(),
              [](Row const& a, Row const& b) { return a.name < b.name; });
    for (std::size_t i = 1; i < N; ++i)
        if (sorted[i - 1].name == sorted[i].name) detail::table_has_a_doubled_name();
    return sorted;
}

/// The row of that name, or null.
template <class Row, std::size_t N>
constexpr Row const* find(std::array<Row, N> const& rows, std::string_view name) {
    auto const at =
        std::lower_bound(rows.begin(), rows.end(), name,
                         [](Row const& row, std::string_view n) { return row.name < n; });
    return at != rows.end() && at->name == name ? &*at : nullptr;
}

} // namespace davit
