// SPDX-License-Identifier: Apache-2.0
// dbus/value.h - a value of any D-Bus type, its form on the wire and as text. Runs in: parent;
// pure.
//
// D-Bus Specification, "Type System" and "Marshaling". As text: GVariant's format, in which
// systemd's tools and `org.systemd.property.*` annotations write values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace davit::dbus {

/// The type's first letter tells which member carries the value.
struct Value {
    std::string type;         ///< one complete type: "t", "as", "(st)", …
    std::uint64_t number = 0; ///< y b n q i u x t h, sign-extended; the bits of a d
    std::string text;         ///< s o g
    std::vector<Value> items; ///< a ( {: the elements; v: the one value
    bool operator==(Value const&) const = default;
};

Value boolean(bool b);
Value uint32(std::uint32_t n);
Value uint64(std::uint64_t n);
Value floating(double d);
/// The file descriptor that the message carries.
Value handle();
Value string(std::string_view s);
/// `element` is the type of each.
Value array(std::string_view element, std::vector<Value> items);
Value structure(std::vector<Value> members);
Value variant(Value value);
/// "ay".
Value bytes(std::string_view s);

double floating_of(Value const& value);

/// The length of the first complete type in `signature`; 0 if there is none, or one that is nested
/// deeper than the specification allows.
std::size_t type_length(std::string_view signature);

// ---- on the wire --------------------------------------------------------------------------------

/// Appends the value in this machine's byte order, aligned from the start of `out`.
void marshal(Value const& value, std::string& out);

/// Reads values off a message. Makes at most `most_values` values of a message, whatever its bytes.
class Unmarshaller {
  public:
    static constexpr int most_values = 4096;
    Unmarshaller(std::string_view bytes, bool big_endian) : bytes_(bytes), big_(big_endian) {}

    /// The next value of one complete type. Kind::system if the bytes aren't one.
    Result<Value> take(std::string_view type);
    Result<> align(std::size_t to); ///< the padding has to be zeros
    [[nodiscard]] std::size_t position() const { return at_; }

  private:
    Result<std::uint64_t> number(std::size_t size);
    Result<std::string> chars(std::size_t size);
    Result<Value> take_array(std::string_view type);

    std::string_view bytes_;
    std::size_t at_ = 0;
    bool big_;
    int values_ = 0;
    int depth_ = 0;
};

// ---- as text ------------------------------------------------------------------------------------

/// GVariant's text: "true", "uint64 7", "['a', 'b']", "[('/dev/null', 'r')]", "@as []", "<5>". All
/// types of D-Bus except dictionaries and handles. Kind::config with the place of the mistake.
Result<Value> parse_text(std::string_view text);

/// The text that parse_text() reads back, with as few type names as possible.
std::string to_text(Value const& value);

} // namespace davit::dbus
