// SPDX-License-Identifier: Apache-2.0
// base/text.h - joining, quoting, splitting and strictly parsing text. Runs in: parent.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// What text() joins: a string as it is, a character as itself, an integer in decimal. It is small
/// and made where it is needed; its source must outlive it.
class Piece {
  public:
    Piece(std::string_view s) : data_(s.data()), size_(s.size()) {}
    Piece(std::string const& s) : data_(s.data()), size_(s.size()) {}
    Piece(char const* s) : Piece(std::string_view(s)) {}
    Piece(char c) : size_(1) { own_[0] = c; }
    template <std::integral I>
    Piece(I n) : size_(std::to_chars(own_, own_ + sizeof own_, n).ptr - own_) {}

    std::string_view view() const { return {data_ ? data_ : own_, size_}; }

  private:
    char const* data_ = nullptr; ///< none: own_
    std::size_t size_;
    char own_[24];
};

/// The pieces joined. One function for all: a template on the argument types would be compiled
/// again for each error text of davit.
std::string joined(std::initializer_list<Piece> pieces);

/// The parts joined: strings as they are, characters as characters, integers in decimal.
template <class... Parts>
std::string text(Parts const&... parts) {
    return joined({Piece(parts)...});
}

/// `s` in double quotes; quotes, backslashes and bytes below space are escaped, so that a hostile
/// name can neither forge nor hide part of a message.
std::string quoted(std::string_view s);
// The types std::quoted() takes: in a file with <iomanip> the compiler would else choose that one
// (argument-dependent lookup).
inline std::string quoted(std::string const& s) { return quoted(std::string_view(s)); }
inline std::string quoted(std::string& s) { return quoted(std::string_view(s)); }
inline std::string quoted(char const* s) { return quoted(std::string_view(s)); }

/// "0755": `n` in octal with a leading zero.
std::string octal(unsigned n);

/// "0x1f".
std::string hex(unsigned long long n);

/// 1st, 2nd, 3rd, 4th, … 11th, …
std::string ordinal(unsigned n);

/// A whole decimal number and nothing else (no sign unless I is signed, no space, no leading '+');
/// nothing if `s` isn't one or doesn't fit into I.
template <std::integral I>
std::optional<I> parse(std::string_view s) {
    I n{};
    auto const [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
    if (error != std::errc{} || end != s.data() + s.size()) return {};
    return n;
}

/// First and last of some numbers in a row.
struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// "0-3,7": ranges and single numbers between commas; spaces and empty pieces are let through.
std::optional<std::vector<Range>> number_ranges(std::string_view list);

/// The pieces between separators; an empty text has none.
std::vector<std::string_view> split(std::string_view s, char separator);

/// `s` without the ends of line behind it, as the kernel's files have one.
inline std::string_view stripped(std::string_view s) {
    while (s.ends_with('\n')) s.remove_suffix(1);
    return s;
}

/// `path` without ".", "..", doubled and trailing slashes, resolved lexically; absolute stays
/// absolute and never leaves "/"; an empty path is ".".
std::string clean_path(std::string_view path);

} // namespace davit
