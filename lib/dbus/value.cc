// SPDX-License-Identifier: Apache-2.0
// dbus/value.cc - values and their form on the wire. Runs in: parent; pure.
//
// D-Bus Specification, "Marshaling". The bytes come from another process: each length is compared
// with the rest before it is used.
#include "dbus/value.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace davit::dbus {

namespace {

// "The maximum depth of container type nesting is 32 array type codes and 32 open parentheses."
constexpr int deepest = 32;
constexpr std::uint32_t longest_array = 1U << 26;

struct Basic {
    char letter;
    std::uint8_t size; ///< of the number, and of its alignment
    bool has_sign;
};
constexpr Basic basics[] = {
    {'y', 1, false}, {'b', 4, false}, {'n', 2, true},  {'q', 2, false}, {'i', 4, true},
    {'u', 4, false}, {'x', 8, true},  {'t', 8, false}, {'d', 8, false}, {'h', 4, false},
};

Basic const* basic(char letter) {
    auto const* const row = std::ranges::find(basics, letter, &Basic::letter);
    return row == std::end(basics) ? nullptr : row;
}

bool is_text(char letter) { return letter == 's' || letter == 'o' || letter == 'g'; }

std::size_t length_at(std::string_view s, int arrays, int structures, bool as_element) {
    if (s.empty() || arrays > deepest || structures > deepest) return 0;
    char const first = s[0];
    if (basic(first) || is_text(first) || first == 'v') return 1;
    if (first == 'a') {
        auto const rest = length_at(s.substr(1), arrays + 1, structures, true);
        return rest ? rest + 1 : 0;
    }
    bool const entry = first == '{';
    if (first != '(' && !(entry && as_element)) return 0;
    std::size_t at = 1, members = 0;
    for (; at < s.size() && s[at] != (entry ? '}' : ')'); ++members) {
        if (entry && members == 0 && !basic(s[at]) && !is_text(s[at])) return 0;
        auto const length = length_at(s.substr(at), arrays, structures + 1, false);
        if (length == 0) return 0;
        at += length;
    }
    if (at >= s.size() || members == 0 || (entry && members != 2)) return 0;
    return at + 1;
}

std::size_t alignment(char letter) {
    if (auto const* row = basic(letter)) return row->size;
    if (letter == 's' || letter == 'o' || letter == 'a') return 4;
    return letter == '(' || letter == '{' ? 8 : 1; // g v
}

void pad(std::string& out, std::size_t to) { out.resize((out.size() + to - 1) / to * to); }

void put_number(std::string& out, std::uint64_t number, std::size_t size) {
    pad(out, size);
    char bytes[8];
    std::memcpy(bytes, &number, sizeof bytes);
    out.append(std::endian::native == std::endian::little ? bytes : bytes + 8 - size, size);
}

void put_text(std::string& out, Value const& value) {
    put_number(out, value.text.size(), value.type[0] == 'g' ? 1 : 4);
    out += value.text;
    out += '\0';
}

std::unexpected<Error> broken(std::string_view what) {
    return fail(Kind::system, "the bus sent a broken message: ", what);
}

} // namespace

Value boolean(bool b) { return {"b", b, {}, {}}; }
Value uint32(std::uint32_t n) { return {"u", n, {}, {}}; }
Value uint64(std::uint64_t n) { return {"t", n, {}, {}}; }
Value floating(double d) { return {"d", std::bit_cast<std::uint64_t>(d), {}, {}}; }
Value string(std::string_view s) { return {"s", 0, std::string(s), {}}; }
Value array(std::string_view element, std::vector<Value> items) {
    return {text('a', element), 0, {}, std::move(items)};
}
Value structure(std::vector<Value> members) {
    std::string type = "(";
    for (auto const& member : members) type += member.type;
    return {type + ')', 0, {}, std::move(members)};
}
Value variant(Value value) {
    Value out{"v", 0, {}, {}};
    out.items.push_back(std::move(value));
    return out;
}
Value bytes(std::string_view s) {
    Value out{"ay", 0, {}, {}};
    for (char const c : s) out.items.push_back({"y", static_cast<unsigned char>(c), {}, {}});
    return out;
}

Value handle() { return {"h", 0, {}, {}}; }

double floating_of(Value const& value) { return std::bit_cast<double>(value.number); }

std::size_t type_length(std::string_view signature) { return length_at(signature, 0, 0, false); }

void marshal(Value const& value, std::string& out) {
    char const letter = value.type[0];
    if (auto const* row = basic(letter)) return put_number(out, value.number, row->size);
    if (is_text(letter)) return put_text(out, value);
    if (letter == 'v') {
        put_text(out, {"g", 0, value.items.at(0).type, {}});
        return marshal(value.items[0], out);
    }
    std::size_t begin = 0;
    if (letter == 'a') {
        put_number(out, 0, 4);
        begin = out.size(); // of the length: where the elements begin, padding isn't counted
        pad(out, alignment(value.type[1]));
    } else {
        pad(out, 8);
    }
    auto const first = out.size();
    for (auto const& item : value.items) marshal(item, out);
    if (letter != 'a') return;
    std::string length;
    put_number(length, out.size() - first, 4);
    out.replace(begin - 4, 4, length);
}

Result<> Unmarshaller::align(std::size_t to) {
    while (at_ % to != 0)
        if (at_ >= bytes_.size() || bytes_[at_++] != 0) return broken("padding that isn't");
    return {};
}

Result<std::uint64_t> Unmarshaller::number(std::size_t size) {
    TRY(align(size));
    if (bytes_.size() - at_ < size) return broken("it ends inside a number");
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < size; ++i) {
        auto const byte = static_cast<unsigned char>(bytes_[at_ + (big_ ? i : size - 1 - i)]);
        n = n << 8 | byte;
    }
    at_ += size;
    return n;
}

Result<std::string> Unmarshaller::chars(std::size_t size) {
    if (bytes_.size() - at_ < size + 1) return broken("it ends inside a text");
    std::string out(bytes_.substr(at_, size));
    if (bytes_[at_ + size] != 0 || out.find('\0') != out.npos) return broken("a text with a NUL");
    at_ += size + 1;
    return out;
}

Result<Value> Unmarshaller::take_array(std::string_view type) {
    Value value{std::string(type), 0, {}, {}};
    auto const size = TRY(number(4));
    TRY(align(alignment(type[1])));
    if (size > longest_array || size > bytes_.size() - at_) return broken("an array too long");
    auto const end = at_ + size;
    while (at_ < end) value.items.push_back(TRY(take(type.substr(1))));
    if (at_ != end) return broken("an array that ends inside an element");
    return value;
}

Result<Value> Unmarshaller::take(std::string_view type) {
    if (++values_ > most_values) return broken("too many values");
    char const letter = type[0];
    if (auto const* row = basic(letter)) {
        auto n = TRY(number(row->size));
        if (letter == 'b' && n > 1) return broken("a boolean that is neither");
        auto const spare = 64 - 8 * row->size;
        if (row->has_sign)
            n = static_cast<std::uint64_t>(static_cast<std::int64_t>(n << spare) >> spare);
        return Value{std::string(1, letter), n, {}, {}};
    }
    if (is_text(letter)) {
        auto const size = TRY(number(letter == 'g' ? 1 : 4));
        if (size >= bytes_.size()) return broken("a text too long");
        return Value{std::string(1, letter), 0, TRY(chars(size)), {}};
    }
    // A sender can nest variants to any depth; no signature shows that.
    if (++depth_ > 2 * deepest) return broken("values nested too deeply");
    auto value = [&]() -> Result<Value> {
        if (letter == 'a') return take_array(type);
        if (letter == 'v') {
            auto const inner = TRY(take("g")).text;
            if (inner.empty() || type_length(inner) != inner.size())
                return broken("a variant of no type");
            return variant(TRY(take(inner)));
        }
        TRY(align(8));
        Value out{std::string(type), 0, {}, {}};
        for (std::size_t at = 1; at + 1 < type.size();) {
            auto const member = type.substr(at, type_length(type.substr(at)));
            out.items.push_back(TRY(take(member)));
            at += member.size();
        }
        return out;
    }();
    --depth_;
    return value;
}

} // namespace davit::dbus
