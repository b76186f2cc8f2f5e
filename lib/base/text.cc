// SPDX-License-Identifier: Apache-2.0
// base/text.cc - joining, quoting, splitting text. Runs in: parent.
#include "base/text.h"

#include <utility>

namespace davit {

std::string joined(std::initializer_list<Piece> pieces) {
    std::size_t size = 0;
    for (auto const& piece : pieces) size += piece.view().size();
    std::string out;
    out.reserve(size);
    for (auto const& piece : pieces) out += piece.view();
    return out;
}

std::string quoted(std::string_view s) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    // U+0080 to U+009F are "\xc2" and one more byte: some of them are commands to a terminal.
    bool control = false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        char const c = s[i];
        auto const byte = static_cast<unsigned char>(c);
        bool const second = std::exchange(control, false);
        control = byte == 0xc2 && i + 1 < s.size()
                  && (static_cast<unsigned char>(s[i + 1]) & 0xe0) == 0x80;
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f || control || second) {
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        } else {
            out += c;
        }
    }
    return out += '"';
}

namespace {
std::string in_base(unsigned long long n, int base, std::string_view prefix) {
    char digits[32];
    auto const end = std::to_chars(digits, digits + sizeof digits, n, base).ptr;
    return std::string(prefix).append(digits, end);
}
} // namespace

std::string octal(unsigned n) { return in_base(n, 8, "0"); }
std::string hex(unsigned long long n) { return in_base(n, 16, "0x"); }

std::string ordinal(unsigned n) {
    auto const tens = n % 100 / 10;
    auto const ones = n % 10;
    auto const* const suffix = tens == 1   ? "th"
                               : ones == 1 ? "st"
                               : ones == 2 ? "nd"
                               : ones == 3 ? "rd"
                                           : "th";
    return text(n, suffix);
}

std::vector<std::string_view> split(std::string_view s, char separator) {
    std::vector<std::string_view> pieces;
    if (s.empty()) return pieces;
    for (;;) {
        auto const at = s.find(separator);
        pieces.push_back(s.substr(0, at));
        if (at == s.npos) return pieces;
        s.remove_prefix(at + 1);
    }
}

std::optional<std::vector<Range>> number_ranges(std::string_view list) {
    std::vector<Range> ranges;
    for (auto piece : split(list, ',')) {
        while (piece.starts_with(' ')) piece.remove_prefix(1);
        while (piece.ends_with(' ')) piece.remove_suffix(1);
        if (piece.empty()) continue;
        auto const dash = piece.find('-');
        auto const first = parse<std::uint32_t>(piece.substr(0, dash));
        auto const last = dash == piece.npos ? first : parse<std::uint32_t>(piece.substr(dash + 1));
        if (!first || !last || *first > *last) return {};
        ranges.push_back({*first, *last});
    }
    return ranges;
}

std::string clean_path(std::string_view path) {
    bool const absolute = path.starts_with('/');
    std::vector<std::string_view> kept;
    for (auto const name : split(path, '/')) {
        if (name.empty() || name == ".") continue;
        bool const climbs = name == "..";
        if (climbs && !kept.empty() && kept.back() != "..")
            kept.pop_back();
        else if (!climbs || !absolute)
            kept.push_back(name);
    }
    std::string out;
    for (auto const name : kept) {
        if (absolute || !out.empty()) out += '/';
        out += name;
    }
    if (out.empty()) return absolute ? "/" : ".";
    return out;
}

} // namespace davit
