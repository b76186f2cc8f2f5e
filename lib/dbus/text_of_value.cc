// SPDX-License-Identifier: Apache-2.0
// dbus/text_of_value.cc - values as text, GVariant's way: what value_of_text.cc reads back. Runs
// in: parent; pure.
#include <algorithm>
#include <charconv>
#include <iterator>

#include "dbus/keywords.h"
#include "dbus/value.h"

namespace davit::dbus {

namespace {

std::string in_quotes(std::string_view s) {
    std::string out = "'";
    for (char const c : s) {
        constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'", names = "abfnrtv\\'";
        if (auto const at = meanings.find(c); at != meanings.npos)
            out += text('\\', names[at]);
        else if (static_cast<unsigned char>(c) < ' ')
            out += text("\\u00", c < 0x10 ? "0" : "1", "0123456789abcdef"[c & 15]);
        else
            out += c;
    }
    return out + '\'';
}

std::string number(Value const& value) {
    if (value.type == "b") return value.number ? "true" : "false";
    if (value.type == "d") {
        char digits[32];
        auto const end = std::to_chars(digits, digits + sizeof digits, floating_of(value)).ptr;
        std::string out(digits, end);
        return out.find_first_of(".en") == out.npos ? out + ".0" : out;
    }
    bool const has_sign = value.type == "n" || value.type == "i" || value.type == "x";
    return has_sign ? text(static_cast<std::int64_t>(value.number)) : text(value.number);
}

/// `named`: the text before it tells the type.
std::string print(Value const& value, bool named) {
    char const letter = value.type[0];
    auto const* const keyword = std::ranges::find(keywords, letter, &Keyword::type);
    if (keyword != std::end(keywords)) {
        bool const is_text = letter == 's' || letter == 'o' || letter == 'g';
        bool const clear =
            named || letter == 's' || letter == 'b' || letter == 'i' || letter == 'd';
        auto const bare = is_text ? in_quotes(value.text) : number(value);
        return clear ? bare : text(keyword->word, ' ', bare);
    }
    if (letter == 'a' && value.items.empty())
        return text(named ? "" : text('@', value.type, ' '), "[]");
    std::string out;
    for (auto const& item : value.items) {
        bool const follows = letter == 'a' && &item != &value.items[0];
        out += text(out.empty() ? "" : ", ", print(item, named || follows));
    }
    if (letter == 'v') return text('<', print(value.items[0], false), '>');
    if (letter == 'a') return text('[', out, ']');
    return text('(', out, value.items.size() == 1 ? ",)" : ")");
}

} // namespace

std::string to_text(Value const& value) { return print(value, false); }

} // namespace davit::dbus
