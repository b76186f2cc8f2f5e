// SPDX-License-Identifier: Apache-2.0
// json/write.cc - JSON text from a struct, guided by the struct's Type. Runs in: parent.
#include "json/write.h"

#include <cmath>
#include <cstring>

#include <rapidjson/internal/dtoa.h> // the Grisu2 of its writer, without the writer

#include "base/text.h"
#include "json/json.h"
#include "json/utf8.h"

namespace davit::json {
namespace {

// memcpy: the object may be an enumeration, or an integer type of another name.
template <class Int>
std::uint64_t load_as(void const* from) {
    Int value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

std::uint64_t load(void const* from, std::uint32_t size) {
    switch (size) {
    case 1: return load_as<std::uint8_t>(from);
    case 2: return load_as<std::uint16_t>(from);
    case 4: return load_as<std::uint32_t>(from);
    default: return load_as<std::uint64_t>(from);
    }
}

std::int64_t sign_extended(std::uint64_t bits, std::uint32_t size) {
    auto const unused = 64 - 8 * size;
    return static_cast<std::int64_t>(bits << unused) >> unused;
}

std::string_view name_in(std::span<Name const> names, std::uint64_t value) {
    for (auto const& row : names)
        if (row.value == value) return row.name;
    return {};
}

class Writer {
  public:
    Writer(std::string& out, Format format) : out_(out), format_(format) {}

    // Whether the value is another than zero; a zero that is too much is taken back by the caller.
    bool write(Type const& type, void const* value) {
        switch (type.shape) {
        case Shape::boolean: return boolean(*static_cast<bool const*>(value));
        case Shape::integer: return integer(type, value);
        case Shape::number: return number(*static_cast<double const*>(value));
        case Shape::text: return string(*static_cast<std::string const*>(value));
        case Shape::name: return name(type, value);
        case Shape::object: return object(type, value);
        case Shape::list:
        case Shape::map: return elements(type, value);
        case Shape::optional: return optional(type, value);
        }
        return false;
    }

  private:
    bool boolean(bool value) {
        out_ += value ? "true" : "false";
        return value;
    }
    bool integer(Type const& type, void const* value) {
        auto const bits = load(value, type.size);
        out_ +=
            type.is_signed ? std::to_string(sign_extended(bits, type.size)) : std::to_string(bits);
        return bits != 0;
    }
    bool number(double value) {
        out_ += number_text(value);
        return value != 0;
    }
    bool string(std::string_view value) {
        append_string(out_, value);
        return !value.empty();
    }
    bool name(Type const& type, void const* value) {
        auto const number = load(value, sizeof(std::uint32_t));
        append_string(out_, name_in(type.names, number));
        return number != 0;
    }

    bool object(Type const& type, void const* value) {
        auto const group = open('{');
        for (auto const& field : type.fields) {
            auto const before = out_.size();
            begin_element(group);
            key(field.name);
            bool const counts = write(*field.type, field.in(const_cast<void*>(value)));
            if (!counts && field.need == Need::optional) out_.resize(before);
        }
        return close(group, '}');
    }

    // One visitor for lists and maps: the elements of a map have keys.
    bool elements(Type const& type, void const* value) {
        struct Elements {
            Writer& writer;
            Type const& type;
            std::size_t group;
        };
        bool const is_map = type.shape == Shape::map;
        Elements all{*this, type, open(is_map ? '{' : '[')};
        type.each(value, {&all, [](void* context, std::string_view name, void const* element) {
                              auto& [writer, type, group] = *static_cast<Elements*>(context);
                              writer.begin_element(group);
                              if (type.shape == Shape::map) writer.key(name);
                              writer.write(*type.element, element);
                          }});
        return close(all.group, is_map ? '}' : ']');
    }

    bool optional(Type const& type, void const* value) {
        struct Present {
            Writer& writer;
            Type const& element;
            bool is_there = false;
        } present{*this, *type.element};
        type.each(value, {&present, [](void* context, std::string_view, void const* element) {
                              auto& present = *static_cast<Present*>(context);
                              present.writer.write(present.element, element);
                              present.is_there = true;
                          }});
        if (!present.is_there) out_ += "null";
        return present.is_there;
    }

    // A group is known by the length of the text behind its opening bracket: it is empty while the
    // text is no longer.
    std::size_t open(char bracket) {
        out_ += bracket;
        ++depth_;
        return out_.size();
    }
    void begin_element(std::size_t group) {
        if (out_.size() > group) out_ += ',';
        new_line();
    }
    bool close(std::size_t group, char bracket) {
        bool const has_elements = out_.size() > group;
        --depth_;
        if (has_elements) new_line();
        out_ += bracket;
        return has_elements;
    }
    void key(std::string_view name) {
        append_string(out_, name);
        out_ += format_.indent ? ": " : ":";
    }
    void new_line() {
        if (!format_.indent) return;
        out_ += '\n';
        out_.append(depth_ * format_.indent, format_.with);
    }

    std::string& out_;
    Format format_;
    std::size_t depth_ = 0;
};

} // namespace

std::string number_text(double number) {
    if (!std::isfinite(number)) return "0";
    char digits[25]; // what RapidJSON's writer reserves
    return {digits, rapidjson::internal::dtoa(number, digits)};
}

void append_string(std::string& out, std::string_view s) {
    constexpr char digits[] = "0123456789abcdef";
    constexpr std::string_view short_forms =
        "\"\"\\\\\bb\ff\nn\rr\tt"; // character, then its letter
    auto const is_plain = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80
               && c != '"' && c != '\\';
    };
    out += '"';
    for (;;) {
        std::size_t plain = 0;
        while (plain < s.size() && is_plain(s[plain])) ++plain;
        out.append(s, 0, plain);
        s.remove_prefix(plain);
        if (s.empty()) break;
        auto const length = utf8_length(s);
        auto const byte = static_cast<unsigned char>(s[0]);
        if (length > 1)
            out.append(s, 0, length);
        else if (length == 0)
            out += "\\ufffd";
        else if (auto const at = short_forms.find(s[0]); at < short_forms.size())
            out += {'\\', short_forms[at + 1]};
        else
            out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
        s.remove_prefix(length ? length : 1);
    }
    out += '"';
}

void detail::write(std::string& out, Type const& type, void const* object, Format format) {
    Writer(out, format).write(type, object);
}

} // namespace davit::json
