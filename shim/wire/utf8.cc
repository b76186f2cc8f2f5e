// SPDX-License-Identifier: Apache-2.0
// shim/wire/utf8.cc - RFC 3629, section 4: no overlong forms, no surrogates, at most U+10FFFF.
// Runs in: shim.
#include "wire/utf8.h"

namespace davit::shim::wire {
namespace {

struct Range {
    unsigned char first_low, first_high;   ///< the first byte
    unsigned char second_low, second_high; ///< the second one; all later ones are 80 to BF
    unsigned char bytes;
};
constexpr Range ranges[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

bool within(char c, unsigned char low, unsigned char high) {
    auto const byte = static_cast<unsigned char>(c);
    return low <= byte && byte <= high;
}

/// The size in bytes of the first character of `text` (not empty); 0: it isn't valid.
std::size_t character(std::string_view text) {
    if (within(text[0], 0, 0x7F)) return 1;
    for (auto const& range : ranges) {
        if (!within(text[0], range.first_low, range.first_high)) continue;
        if (text.size() < range.bytes || !within(text[1], range.second_low, range.second_high))
            return 0;
        for (std::size_t i = 2; i < range.bytes; ++i)
            if (!within(text[i], 0x80, 0xBF)) return 0;
        return range.bytes;
    }
    return 0;
}

} // namespace

std::size_t valid_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        auto const bytes = character(text.substr(at));
        if (bytes == 0) break;
        at += bytes;
    }
    return at;
}

std::string repaired_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const good = valid_utf8(text);
        out += text.substr(0, good);
        text.remove_prefix(good);
        if (text.empty()) break;
        out += "\xEF\xBF\xBD";
        text.remove_prefix(1);
    }
    return out;
}

} // namespace davit::shim::wire
