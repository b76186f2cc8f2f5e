// SPDX-License-Identifier: Apache-2.0
// json/tape.h - a parsed document: its values one after another, in the order of the text.
// Runs in: parent.
//
// It is flat: a deep or huge document costs neither recursion nor thousands of allocations, and the
// reader skips an unknown member by one addition.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit::json {

/// Larger documents are refused.
inline constexpr std::size_t max_size = 8u << 20; ///< bytes; config.json has some ten KiB
inline constexpr unsigned max_depth = 64;         ///< config.json needs 7

enum class Token : std::uint8_t { null, boolean, integer, natural, number, text, list, object };

struct Value {
    union {
        bool boolean;
        std::int64_t integer;  ///< below 0
        std::uint64_t natural; ///< 0 and above
        double number;         ///< has a fraction or an exponent, or needs more than 64 bits
        char const* text;      ///< UTF-8 without NUL
        std::uint64_t extent;  ///< list, object: how many values from here to its successor
    };
    std::uint32_t size; ///< text: bytes; list: elements; object: members
    Token token;

    std::string_view view() const { return {text, size}; }
    Value const* successor() const {
        return this + (token == Token::list || token == Token::object ? extent : 1);
    }
};

class Tape {
  public:
    /// Kind::config "config.json:12:7: expected ',' or '}', found …"; columns count characters.
    static Result<Tape> parse(std::string_view text, std::string_view file_name);

    /// The document's value. The members of an object follow it, each as a text and a value.
    Value const& root() const { return values_.front(); }

  private:
    std::vector<char>
        text_; // texts of values_ point into it; a vector doesn't move them when moved
    std::vector<Value> values_;
};

} // namespace davit::json
