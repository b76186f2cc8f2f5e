// SPDX-License-Identifier: Apache-2.0
// json/write.cc - JSON text from a struct, guided by the struct's Type. Runs in: parent.
#include "json/write.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <rapidjson/prettywriter.h>
#include <rapidjson/writer.h>

#include "base/utf8.h"
#include "json/json.h"

namespace davit::json {
namespace {

/// RapidJSON's output stream.
struct Out {
    using Ch = char;
    std::string& text;
    void Put(char c) { text += c; }
    void Flush() {}
};

/// RapidJSON's encoding, which writes bytes that aren't UTF-8 as \ufffd.
struct Mended : rapidjson::UTF8<> {};

} // namespace
} // namespace davit::json

template <>
struct rapidjson::Transcoder<davit::json::Mended, davit::json::Mended>
    : rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>> {
    /// Reads one character. A NUL follows the text: it ends the read of a broken last character.
    template <class In>
    static bool TranscodeUnsafe(In& in, davit::json::Out& out) {
        auto const length = davit::utf8_length({in.src_, 4});
        if (length == 0) out.text += "\\ufffd";
        out.text.append(in.src_, length);
        in.src_ += std::max<std::size_t>(length, 1);
        return true;
    }
};

namespace davit::json {
namespace {

using OneLine = rapidjson::Writer<Out, Mended, Mended>;
using Indented = rapidjson::PrettyWriter<Out, Mended, Mended>;

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

std::uint64_t load_name(void const* from) { return load(from, sizeof(std::uint32_t)); }

std::int64_t sign_extended(std::uint64_t bits, std::uint32_t size) {
    auto const unused = 64 - 8 * size;
    return static_cast<std::int64_t>(bits << unused) >> unused;
}

std::string_view name_in(std::span<Name const> names, std::uint64_t value) {
    for (auto const& row : names)
        if (row.value == value) return row.name;
    return "";
}

bool is_written(Field const& field, void const* object);

bool has_elements(Type const& type, void const* value) {
    bool found = false;
    type.each(value, {&found, [](void* context, std::string_view, void const*) {
                          *static_cast<bool*>(context) = true;
                      }});
    return found;
}

/// Whether the value isn't zero; of an object: whether any of its members is written.
bool counts(Type const& type, void const* value) {
    switch (type.shape) {
    case Shape::boolean: return *static_cast<bool const*>(value);
    case Shape::integer: return load(value, type.size) != 0;
    case Shape::number: return *static_cast<double const*>(value) != 0;
    case Shape::text: return !static_cast<std::string const*>(value)->empty();
    case Shape::name: return load_name(value) != 0;
    case Shape::object:
        return std::ranges::any_of(type.fields,
                                   [&](auto const& field) { return is_written(field, value); });
    case Shape::list:
    case Shape::map:
    case Shape::optional: return has_elements(type, value);
    }
    return false;
}

void const* member(Field const& field, void const* object) {
    return field.in(const_cast<void*>(object));
}

bool is_written(Field const& field, void const* object) {
    return field.need != Need::optional || counts(*field.type, member(field, object));
}

template <class Json>
class Writer {
  public:
    explicit Writer(Json& json) : json_(json) {}

    void write(Type const& type, void const* value) {
        switch (type.shape) {
        case Shape::boolean: json_.Bool(*static_cast<bool const*>(value)); break;
        case Shape::integer: integer(load(value, type.size), type); break;
        case Shape::number: number(*static_cast<double const*>(value)); break;
        case Shape::text: string(*static_cast<std::string const*>(value)); break;
        case Shape::name: string(name_in(type.names, load_name(value))); break;
        case Shape::object: object(type, value); break;
        case Shape::list:
            json_.StartArray();
            elements(type, value);
            json_.EndArray();
            break;
        case Shape::map:
            json_.StartObject();
            elements(type, value);
            json_.EndObject();
            break;
        case Shape::optional:
            if (!has_elements(type, value)) json_.Null();
            elements(type, value);
            break;
        }
    }
    void number(double value) {
        if (std::isfinite(value))
            json_.Double(value);
        else
            json_.Int(0);
    }
    void string(std::string_view s) {
        json_.String(s.data(), static_cast<rapidjson::SizeType>(s.size()));
    }

  private:
    void integer(std::uint64_t bits, Type const& type) {
        if (type.is_signed)
            json_.Int64(sign_extended(bits, type.size));
        else
            json_.Uint64(bits);
    }
    void object(Type const& type, void const* value) {
        json_.StartObject();
        for (auto const& field : type.fields) {
            if (!is_written(field, value)) continue;
            string(field.name);
            write(*field.type, member(field, value));
        }
        json_.EndObject();
    }
    // The elements of a map have keys.
    void elements(Type const& type, void const* value) {
        struct Elements {
            Writer& writer;
            Type const& type;
        } all{*this, type};
        type.each(value, {&all, [](void* context, std::string_view key, void const* element) {
                              auto const& [writer, type] = *static_cast<Elements*>(context);
                              if (type.shape == Shape::map) writer.string(key);
                              writer.write(*type.element, element);
                          }});
    }

    Json& json_;
};

} // namespace

std::string number_text(double number) {
    std::string out;
    Out stream{out};
    OneLine json(stream);
    Writer(json).number(number);
    return out;
}

void detail::write(std::string& out, Type const& type, void const* object, Format format) {
    Out stream{out};
    if (format.indent != 0) {
        Indented json(stream);
        json.SetIndent(format.with, format.indent);
        Writer(json).write(type, object);
    } else {
        OneLine json(stream);
        Writer(json).write(type, object);
    }
}

} // namespace davit::json
