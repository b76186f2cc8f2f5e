// SPDX-License-Identifier: Apache-2.0
// json/similar.cc - the edit distance of two short names. Runs in: parent.
#include "json/similar.h"

#include <algorithm>
#include <vector>

namespace davit::json {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// How many letters to insert, remove or change. [Levenshtein, one row at a time]
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const other = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({other, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

} // namespace

bool are_similar(std::string_view written, std::string_view known) {
    constexpr std::size_t least_for_one = 3, least_for_two = 6;
    if (written == known) return false;
    std::size_t const most = known.size() >= least_for_two   ? 2
                             : known.size() >= least_for_one ? 1
                                                             : 0;
    // A hostile document may have names of megabytes.
    auto const longer = std::max(written.size(), known.size());
    if (longer - std::min(written.size(), known.size()) > most) return false;
    return distance(written, known) <= most;
}

} // namespace davit::json
