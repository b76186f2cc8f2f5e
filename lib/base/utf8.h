// SPDX-License-Identifier: Apache-2.0
// base/utf8.h - is a piece of text UTF-8? (RFC 3629: no overlong forms, no surrogates.) Runs in:
// parent, tools, shim.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace davit {

/// The length of the character that `s` begins with; 0 if it isn't a valid one.
inline std::size_t utf8_length(std::string_view s) {
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    auto const continues = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xc0) == 0x80; };
    if (s.empty()) return 0;
    auto const first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xc2 || !continues(1)) return 0;
    if (first < 0xe0) return 2;
    if (!continues(2)) return 0;
    if (first < 0xf0) {
        bool const is_overlong = first == 0xe0 && byte(1) < 0xa0;
        bool const is_surrogate = first == 0xed && byte(1) >= 0xa0;
        return is_overlong || is_surrogate ? 0 : 3;
    }
    if (first > 0xf4 || !continues(3)) return 0;
    bool const is_overlong = first == 0xf0 && byte(1) < 0x90;
    bool const is_too_big = first == 0xf4 && byte(1) >= 0x90; // above U+10FFFF
    return is_overlong || is_too_big ? 0 : 4;
}

/// How many leading bytes are whole, valid characters: all of them in valid text.
inline std::size_t valid_utf8(std::string_view s) {
    std::size_t at = 0;
    while (auto const length = utf8_length(s.substr(at))) at += length;
    return at;
}

/// `s`, with U+FFFD for each byte that isn't part of a valid character.
inline std::string repaired_utf8(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        auto const length = utf8_length(s);
        out += length == 0 ? "\xef\xbf\xbd" : s.substr(0, length);
        s.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

} // namespace davit
