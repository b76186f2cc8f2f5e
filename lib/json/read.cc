// SPDX-License-Identifier: Apache-2.0
// json/read.cc - fills a struct from a tape, guided by the struct's Type. Runs in: parent.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/result.h"
#include "json/describe.h"
#include "json/json.h"
#include "json/path.h"
#include "json/similar.h"
#include "json/tape.h"
#include "json/write.h"

namespace davit::json {
namespace {

/// A number of digits alone, too many for 64 bits: prints it as an integer.
std::string large_number(double number) {
    constexpr double least = 9.2e18, most = 1e21;
    if (std::abs(number) < least || std::abs(number) >= most) return number_text(number);
    char digits[32];
    return {digits,
            std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr};
}

std::string describe_found(Value const& value) {
    switch (value.token) {
    case Token::null: return "null";
    case Token::boolean: return value.boolean ? "true" : "false";
    case Token::integer: return std::to_string(value.integer);
    case Token::natural: return std::to_string(value.natural);
    case Token::number: return large_number(value.number);
    case Token::text: return shortened(value.view());
    case Token::list: return "an array";
    case Token::object: return "an object";
    }
    return "nothing";
}

// memcpy: the object may be an enumeration, or an integer type of another name.
template <class Int>
void store_as(void* into, std::uint64_t bits) {
    auto const value = static_cast<Int>(bits);
    std::memcpy(into, &value, sizeof value);
}

void store(void* into, std::uint32_t size, std::uint64_t bits) {
    switch (size) {
    case 1: return store_as<std::uint8_t>(into, bits);
    case 2: return store_as<std::uint16_t>(into, bits);
    case 4: return store_as<std::uint32_t>(into, bits);
    default: return store_as<std::uint64_t>(into, bits);
    }
}

// Each function returns false if the document is wrong, after it set the story.
class Reader {
  public:
    Reader(std::string_view file_name, std::vector<std::string>* doubts)
        : file_name_(file_name), doubts_(doubts) {}
    std::string story;

    bool read(Value const& value, Type const& type, void* into, Path const& at) {
        switch (type.shape) {
        case Shape::boolean: return boolean(value, type, into, at);
        case Shape::integer: return integer(value, type, into, at);
        case Shape::number: return number(value, type, into, at);
        case Shape::text: return text(value, type, into, at);
        case Shape::name: return name(value, type, into, at);
        case Shape::object: return object(value, type, into, at);
        case Shape::list: return list(value, type, into, at);
        case Shape::map: return map(value, type, into, at);
        case Shape::optional: return optional(value, type, into, at);
        }
        return false;
    }

  private:
    bool boolean(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::boolean) return mismatch(value, type, at);
        *static_cast<bool*>(into) = value.boolean;
        return true;
    }

    bool integer(Value const& value, Type const& type, void* into, Path const& at) {
        auto const largest = ~std::uint64_t{0} >> (64 - 8 * type.size + (type.is_signed ? 1 : 0));
        if (value.token == Token::natural && value.natural <= largest)
            store(into, type.size, value.natural);
        else if (value.token == Token::integer && type.is_signed
                 && value.integer >= -static_cast<std::int64_t>(largest) - 1)
            store(into, type.size, static_cast<std::uint64_t>(value.integer));
        else
            return mismatch(value, type, at);
        return true;
    }

    bool number(Value const& value, Type const& type, void* into, Path const& at) {
        auto& number = *static_cast<double*>(into);
        if (value.token == Token::number)
            number = value.number;
        else if (value.token == Token::natural)
            number = static_cast<double>(value.natural);
        else if (value.token == Token::integer)
            number = static_cast<double>(value.integer);
        else
            return mismatch(value, type, at);
        return true;
    }

    bool text(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::text) return mismatch(value, type, at);
        static_cast<std::string*>(into)->assign(value.view());
        return true;
    }

    bool name(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::text) return mismatch(value, type, at);
        auto const row = std::ranges::lower_bound(type.names, value.view(), {}, &Name::name);
        if (row == type.names.end() || row->name != value.view()) return mismatch(value, type, at);
        store(into, sizeof row->value, row->value);
        return true;
    }

    bool object(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::object) return mismatch(value, type, at);
        std::uint64_t seen = 0;
        std::size_t next = 0; // most writers keep this order: the first comparison hits
        auto const* key = &value + 1;
        for (std::uint32_t i = 0; i < value.size; ++i) {
            auto const& member = key[1];
            auto const index = search(type.fields, key->view(), next);
            if (index == type.fields.size()) {
                doubt(key->view(), type.fields, at);
            } else if (member.token != Token::null) {
                auto const bit = std::uint64_t{1} << index;
                Path const here{at, key->view()};
                if (seen & bit) return complain(here, "is there twice");
                seen |= bit;
                auto const& field = type.fields[index];
                if (!read(member, *field.type, field.in(into), here)) return false;
                next = index + 1;
            }
            key = member.successor();
        }
        for (std::size_t i = 0; i < type.fields.size(); ++i)
            if (type.fields[i].need == Need::required && !(seen >> i & 1))
                return complain({at, type.fields[i].name}, "is required, but missing");
        return true;
    }

    bool list(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::list) return mismatch(value, type, at);
        auto const* item = &value + 1;
        for (std::uint32_t i = 0; i < value.size; ++i) {
            auto* const element = type.make(into, value.size, {});
            if (!read(*item, *type.element, element, {at, i})) return false;
            item = item->successor();
        }
        return true;
    }

    bool map(Value const& value, Type const& type, void* into, Path const& at) {
        if (value.token != Token::object) return mismatch(value, type, at);
        auto const* key = &value + 1;
        for (std::uint32_t i = 0; i < value.size; ++i) {
            Path const here{at, key->view()};
            auto* const element = type.make(into, 0, key->view());
            if (!element) return complain(here, "is there twice");
            if (!read(key[1], *type.element, element, here)) return false;
            key = key[1].successor();
        }
        return true;
    }

    // Go can't tell an absent name from an empty one, and some writers write "".
    bool optional(Value const& value, Type const& type, void* into, Path const& at) {
        bool const is_no_name =
            type.element->shape == Shape::name && value.token == Token::text && value.size == 0;
        return is_no_name || read(value, *type.element, type.make(into, 0, {}), at);
    }

    static std::size_t search(std::span<Field const> fields, std::string_view name,
                              std::size_t next) {
        for (auto i = next; i < fields.size(); ++i)
            if (fields[i].name == name) return i;
        for (std::size_t i = 0; i < std::min(next, fields.size()); ++i)
            if (fields[i].name == name) return i;
        return fields.size();
    }

    void doubt(std::string_view name, std::span<Field const> fields, Path const& at) {
        if (!doubts_) return;
        auto const meant =
            std::ranges::find_if(fields, [&](auto& f) { return are_similar(name, f.name); });
        if (meant != fields.end())
            doubts_->push_back(davit::text(
                file_name_, ": ", Path(at, name).pointer(),
                " is no member that is known, and ignored: ", quoted(meant->name), " is one"));
    }

    bool mismatch(Value const& value, Type const& type, Path const& at) {
        bool const is_quoted_number =
            value.token == Token::text && type.shape == Shape::integer && !value.view().empty()
            && value.view().find_first_not_of("0123456789") == std::string_view::npos;
        return complain(at,
                        davit::text("expected ", describe(type), ", found ", describe_found(value),
                                    is_quoted_number ? " in quotes: write it without" : ""));
    }

    bool complain(Path const& at, std::string_view what) {
        auto const pointer = at.pointer();
        story = davit::text(pointer, pointer.empty() ? "" : ": ", what);
        return false;
    }

    std::string_view file_name_;
    std::vector<std::string>* doubts_;
};

} // namespace

Result<> detail::read(std::string_view text, std::string_view file_name, Type const& type,
                      void* into, std::vector<std::string>* doubts) {
    auto const tape = TRY(Tape::parse(text, file_name));
    Reader reader(file_name, doubts);
    if (reader.read(tape.root(), type, into, {})) return {};
    return fail(Kind::config, file_name, ": ", reader.story);
}

} // namespace davit::json
