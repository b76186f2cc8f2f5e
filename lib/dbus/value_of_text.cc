// SPDX-License-Identifier: Apache-2.0
// dbus/value_of_text.cc - values from text, GVariant's way. Runs in: parent; pure.
//
// GLib's "GVariant Text Format". It reads the text of annotations, which a hostile user may have
// written.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>

#include "dbus/keywords.h"
#include "dbus/value.h"

namespace davit::dbus {

namespace {

constexpr int most_nested = 32;

struct Bounds {
    char type;
    std::int64_t least;
    std::uint64_t most;
};
template <class Integer>
constexpr Bounds bounds(char type) {
    using Limits = std::numeric_limits<Integer>;
    return {type, static_cast<std::int64_t>(Limits::min()),
            static_cast<std::uint64_t>(Limits::max())};
}
constexpr Bounds integers[] = {
    bounds<std::uint8_t>('y'),  bounds<std::int16_t>('n'),  bounds<std::uint16_t>('q'),
    bounds<std::int32_t>('i'),  bounds<std::uint32_t>('u'), bounds<std::int64_t>('x'),
    bounds<std::uint64_t>('t'),
};

/// One pass from the left. `expected` is the type that the text before demands; "" leaves it to the
/// text.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Value> whole() {
        // A D-Bus string can't hold a NUL.
        if (text_.find('\0') != text_.npos)
            return fail(Kind::config, "expected no zero byte in ", quoted(text_));
        auto value = TRY(parse(""));
        if (skip_space(); at_ != text_.size()) return wrong("the end");
        return value;
    }

  private:
    std::unexpected<Error> wrong(std::string_view expected) const {
        return fail(Kind::config, "expected ", expected, " at the ",
                    ordinal(static_cast<unsigned>(at_ + 1)), " character of ", quoted(text_));
    }
    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    char next() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (next() != c) return false;
        ++at_;
        return true;
    }
    std::string_view word() {
        skip_space();
        auto const begin = at_;
        auto const belongs = [](unsigned char c) {
            return std::isalnum(c) || c == '+' || c == '-' || c == '.';
        };
        while (at_ < text_.size() && belongs(static_cast<unsigned char>(text_[at_]))) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    Result<Value> parse(std::string_view expected) {
        if (++depth_ > most_nested) return wrong("fewer values in each other");
        auto value = parse_one(expected);
        --depth_;
        if (value && !expected.empty() && value->type != expected)
            return wrong(text("a value of type \"", expected, "\" before this"));
        return value;
    }
    Result<Value> parse_one(std::string_view expected) {
        switch (next()) {
        case '@': return annotated();
        case '[': return list(expected);
        case '(': return tuple(expected);
        case '<': return in_variant();
        case '\'':
        case '"': return in_quotes(expected);
        default: return plain(expected);
        }
    }

    Result<Value> annotated() {
        ++at_;
        auto const length = type_length(text_.substr(at_));
        if (length == 0) return wrong("a type");
        auto const type = text_.substr(at_, length);
        at_ += length;
        return parse(type);
    }
    Result<Value> list(std::string_view expected) {
        ++at_;
        std::string element(expected.starts_with('a') ? expected.substr(1) : "");
        Value out;
        while (!take(']')) {
            if (!out.items.empty() && !take(',')) return wrong("\",\" or \"]\"");
            out.items.push_back(TRY(parse(element)));
            element = out.items.back().type; // the others follow the first
        }
        if (element.empty()) return wrong("the type of the empty list, as in \"@as []\",");
        out.type = text('a', element);
        return out;
    }
    Result<Value> tuple(std::string_view expected) {
        ++at_;
        bool const known = expected.starts_with('(');
        auto left = known ? expected.substr(1) : std::string_view();
        std::vector<Value> members;
        while (!take(')')) {
            if (!members.empty() && !take(',')) return wrong("\",\" or \")\"");
            if (members.size() == 1 && take(')')) break; // "(1,)"
            auto const type = left.substr(0, type_length(left));
            members.push_back(TRY(parse(type)));
            left.remove_prefix(type.size());
        }
        if (members.empty()) return wrong("a member of a structure");
        return structure(std::move(members));
    }
    Result<Value> in_variant() {
        ++at_;
        auto value = TRY(parse(""));
        if (!take('>')) return wrong("\">\"");
        return variant(std::move(value));
    }

    Result<Value> in_quotes(std::string_view expected) {
        auto s = TRY(quoted_text());
        char const type = expected.size() == 1 ? expected[0] : 's';
        if (type != 's' && type != 'o' && type != 'g') return wrong("no text");
        return Value{std::string(1, type), 0, std::move(s), {}};
    }
    Result<std::string> quoted_text() {
        char const quote = text_[at_++];
        std::string out;
        while (at_ < text_.size() && text_[at_] != quote) {
            char const c = text_[at_++];
            if (c != '\\') {
                out += c;
                continue;
            }
            if (at_ == text_.size()) break;
            TRY(escape(text_[at_++], out));
        }
        if (at_ == text_.size()) return wrong("the closing quote");
        ++at_;
        return out;
    }
    /// Translates "\n" and its like, and "\u00e4"; any other character stands for itself.
    Result<> escape(char c, std::string& out) {
        constexpr std::string_view names = "abfnrtv", meanings = "\a\b\f\n\r\t\v";
        auto const at = names.find(c);
        if (c == 'u' || c == 'U') return unicode(c == 'u' ? 4 : 8, out);
        out += at == names.npos ? c : meanings[at];
        return {};
    }
    Result<> unicode(std::size_t digits, std::string& out) {
        auto const hex = text_.substr(at_, digits);
        std::uint32_t code = 0;
        auto const [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
        if (hex.size() != digits || error != std::errc{} || end != hex.data() + digits || code == 0
            || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return wrong("the number of a character");
        at_ += digits;
        auto const rest = [&](unsigned shift) {
            out += static_cast<char>(0x80 | (code >> shift & 0x3f));
        };
        if (code < 0x80) {
            out += static_cast<char>(code);
            return {};
        }
        if (code < 0x800) {
            out += static_cast<char>(0xc0 | code >> 6);
        } else if (code < 0x10000) {
            out += static_cast<char>(0xe0 | code >> 12);
            rest(6);
        } else {
            out += static_cast<char>(0xf0 | code >> 18);
            rest(12);
            rest(6);
        }
        rest(0);
        return {};
    }

    /// true, 7, uint64 7, 1.5, b'bytes'.
    Result<Value> plain(std::string_view expected) {
        auto const begin = at_;
        auto const w = word();
        if (w == "b" && at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"'))
            return bytes(TRY(quoted_text()) + '\0');
        if (w == "true" || w == "false") return boolean(w == "true");
        for (auto const& keyword : keywords)
            if (keyword.word == w) return parse(std::string_view(&keyword.type, 1));
        char const asked = expected.size() == 1 ? expected[0] : '\0';
        // A number: an int32 if it has only digits, unless another type is expected.
        bool const floats = asked == 'd'
                            || (asked == '\0' && w.find_first_of(".eE") != w.npos
                                && !w.starts_with("0x") && !w.starts_with("-0x"));
        auto value = floats ? floating_number(w) : integer(w, asked ? asked : 'i');
        if (!value) {
            at_ = begin;
            return wrong(value.error().story);
        }
        return value;
    }
    static Result<Value> floating_number(std::string_view w) {
        if (w.starts_with('+')) w.remove_prefix(1);
        double d = 0;
        auto const [end, error] = std::from_chars(w.data(), w.data() + w.size(), d);
        if (error != std::errc{} || end != w.data() + w.size() || w.empty())
            return fail(Kind::config, "a number");
        return floating(d);
    }
    static Result<Value> integer(std::string_view w, char type) {
        auto const* const range = std::ranges::find(integers, type, &Bounds::type);
        if (range == std::end(integers)) return fail(Kind::config, "a value of another type");
        bool const negative = w.starts_with('-');
        if (negative || w.starts_with('+')) w.remove_prefix(1);
        int base = 10;
        if (w.starts_with("0x") || w.starts_with("0X")) {
            base = 16;
            w.remove_prefix(2);
        } else if (w.size() > 1 && w[0] == '0') {
            base = 8;
        }
        std::uint64_t n = 0;
        auto const [end, error] = std::from_chars(w.data(), w.data() + w.size(), n, base);
        if (error == std::errc::invalid_argument || end != w.data() + w.size())
            return fail(Kind::config, "a value");
        auto const most =
            negative ? std::uint64_t{0} - static_cast<std::uint64_t>(range->least) : range->most;
        if (error != std::errc{} || n > most)
            return fail(Kind::config, "a number within the range of type \"", type, "\"");
        return Value{std::string(1, type), negative ? std::uint64_t{0} - n : n, {}, {}};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

Result<Value> parse_text(std::string_view text) { return Parser(text).whole(); }

} // namespace davit::dbus
