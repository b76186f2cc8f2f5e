// SPDX-License-Identifier: Apache-2.0
// tools/option_values.cc - the values of options, read as Go's flag package and go-units read them.
#include "option_values.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace davit::cli {

namespace {

constexpr double int64_end = 9223372036854775808.0; // the first that doesn't fit

/// Takes "1", "1.5" or ".5" off the beginning of `text`. (std::from_chars for doubles is 30 KiB.)
std::optional<double> take_decimal(std::string_view& text) {
    double number = 0;
    double scale = 0; // of the next digit behind the point; 0 before the point
    std::size_t digits = 0;
    while (!text.empty()) {
        char const c = text[0];
        if (c == '.' && scale == 0) {
            scale = 1;
        } else if (c >= '0' && c <= '9') {
            scale /= 10;
            number = scale == 0 ? number * 10 + (c - '0') : number + (c - '0') * scale;
            ++digits;
        } else {
            break;
        }
        text.remove_prefix(1);
    }
    if (digits == 0) return {};
    return number;
}

struct Unit {
    std::string_view name;
    double factor;
};

constexpr Unit times[] = {
    {"ns", 1}, {"us", 1e3}, {"\u00b5s", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},
};

// k, m, g, t, p: each may be followed by "b" or "ib"; bytes may have a "b", too.
std::optional<double> size_factor(std::string_view unit) {
    constexpr std::string_view letters = "kmgtp";
    if (unit.empty()) return 1;
    auto const power = letters.find(unit[0]);
    if (power != letters.npos) unit.remove_prefix(1);
    if (!(unit.empty() || unit == "b" || (unit == "ib" && power != letters.npos))) return {};
    double factor = 1;
    for (std::size_t i = 0; power != letters.npos && i <= power; ++i) factor *= 1024;
    return factor;
}

} // namespace

std::optional<bool> read_truth(std::string_view text) {
    constexpr std::string_view yes[] = {"true", "1", "t", "T", "True", "TRUE"};
    constexpr std::string_view no[] = {"false", "0", "f", "F", "False", "FALSE"};
    if (std::ranges::find(yes, text) != std::end(yes)) return true;
    if (std::ranges::find(no, text) != std::end(no)) return false;
    return {};
}

std::optional<std::int64_t> read_size(std::string_view text) {
    if (text == "-1") return -1;
    if (auto const exact = davit::parse<std::int64_t>(text); exact && *exact >= 0) return exact;
    auto const number = take_decimal(text);
    if (!number) return {};
    if (text.starts_with(' ')) text.remove_prefix(1);
    char unit[4] = {};
    if (text.size() >= sizeof unit) return {};
    std::ranges::transform(text, unit, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    auto const factor = size_factor({unit, text.size()});
    if (!factor || *number * *factor >= int64_end) return {};
    return static_cast<std::int64_t>(*number * *factor);
}

std::optional<std::chrono::nanoseconds> read_duration(std::string_view text) {
    if (text.empty()) return {};
    double total = 0;
    while (!text.empty()) {
        auto const number = take_decimal(text);
        auto const length = std::min(text.find_first_of("0123456789."), text.size());
        auto const* unit = std::ranges::find(times, text.substr(0, length), &Unit::name);
        if (!number || unit == std::end(times)) return {};
        total += *number * unit->factor;
        text.remove_prefix(length);
    }
    if (total >= int64_end) return {};
    return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

} // namespace davit::cli
