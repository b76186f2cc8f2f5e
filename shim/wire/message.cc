// SPDX-License-Identifier: Apache-2.0
// shim/wire/message.cc - walks a message's table, in both directions. Runs in: shim.
//
// protobuf.dev/programming-guides/encoding. protozero throws on malformed bytes; this file catches
// that and turns it into an answer to the peer. The types bound the depth: none contains itself,
// and unknown fields are skipped unread.
#include "wire/message.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/utf8.h"

namespace davit::shim::wire::detail {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

/// `what()` is for the peer, who sent the bytes.
struct Refused : protozero::exception {
    explicit Refused(char const* why) : why_(why) {}
    char const* what() const noexcept override { return why_; }

  private:
    char const* why_;
};

template <class T>
T& as(void* object) {
    return *static_cast<T*>(object);
}
template <class T>
T const& as(void const* object) {
    return *static_cast<T const*>(object);
}

pbf_wire_type wire_type(Shape shape) {
    switch (shape) {
    case Shape::boolean:
    case Shape::int32:
    case Shape::int64:
    case Shape::uint32:
    case Shape::uint64: return pbf_wire_type::varint;
    case Shape::number: return pbf_wire_type::fixed64;
    default: return pbf_wire_type::length_delimited;
    }
}

class Reader {
  public:
    void message(pbf_reader bytes, std::span<Field const> fields, void* into) {
        while (bytes.next()) {
            auto const* field = find(fields, bytes.tag());
            if (field && fits(*field->type, bytes.wire_type()))
                member(bytes, *field->type, field->in(into));
            else
                skip(bytes);
        }
    }

  private:
    static Field const* find(std::span<Field const> fields, std::uint32_t number) {
        for (auto const& field : fields)
            if (field.number == number) return &field;
        return nullptr;
    }

    // A field of another wire type is an unknown field, to all readers of protobuf.
    static bool fits(Type const& type, pbf_wire_type found) {
        switch (type.shape) {
        case Shape::list:
            return fits(*type.element, found)
                   || (found == pbf_wire_type::length_delimited
                       && wire_type(type.element->shape) == pbf_wire_type::varint);
        case Shape::optional: return fits(*type.element, found);
        default: return found == wire_type(type.shape);
        }
    }

    void member(pbf_reader& bytes, Type const& type, void* into) {
        switch (type.shape) {
        case Shape::list: return list(bytes, type, into);
        case Shape::map: return map(bytes, type, into);
        case Shape::optional: return value(bytes, *type.element, type.make(into, {}));
        default: return value(bytes, type, into);
        }
    }

    void value(pbf_reader& bytes, Type const& type, void* into) {
        switch (type.shape) {
        case Shape::message: return message(pbf_reader(view(bytes)), type.fields, into);
        case Shape::text: return void(as<std::string>(into) = text(bytes));
        case Shape::text_view: return void(as<std::string_view>(into) = text(bytes));
        case Shape::bytes: return void(as<std::string>(into) = whole(bytes));
        case Shape::bytes_view: return void(as<std::string_view>(into) = whole(bytes));
        case Shape::number: return void(as<double>(into) = bytes.get_double());
        default: return varint(bytes.get_uint64(), type.shape, into);
        }
    }

    // Cuts wider numbers, as protobuf's own readers do: a negative int32 is sent with 64 bits.
    static void varint(std::uint64_t number, Shape shape, void* into) {
        switch (shape) {
        case Shape::boolean: as<bool>(into) = number != 0; break;
        case Shape::int32:
        case Shape::uint32: as<std::uint32_t>(into) = static_cast<std::uint32_t>(number); break;
        default: as<std::uint64_t>(into) = number; break;
        }
    }

    void list(pbf_reader& bytes, Type const& type, void* into) {
        auto const& element = *type.element;
        if (fits(element, bytes.wire_type())) {
            count();
            return value(bytes, element, type.make(into, {}));
        }
        // Packed: the numbers alone, without a tag.
        auto const packed = whole(bytes);
        char const* at = packed.data();
        while (at != packed.data() + packed.size()) {
            count();
            varint(protozero::decode_varint(&at, packed.data() + packed.size()), element.shape,
                   type.make(into, {}));
        }
    }

    // On the wire, a map is a list of messages with a key (1) and a value (2).
    void map(pbf_reader& bytes, Type const& type, void* into) {
        count();
        auto const entry = view(bytes);
        std::string_view key;
        for (pbf_reader rest(entry); rest.next();)
            if (rest.tag() == 1 && rest.wire_type() == pbf_wire_type::length_delimited)
                key = text(rest);
            else
                skip(rest);
        auto* const element = type.make(into, key);
        Field const only[] = {{2, type.element, [](void* it) { return it; }}};
        message(pbf_reader(entry), only, element);
    }

    void count() {
        if (++elements_ > max_elements) throw Refused("too many elements");
    }

    // protozero cuts a length to 32 bits: 2^32+1 would be one byte.
    static protozero::data_view view(pbf_reader& bytes) {
        auto const left = bytes.data();
        char const* at = left.data();
        if (protozero::decode_varint(&at, left.data() + left.size()) > left.size())
            throw protozero::end_of_buffer_exception();
        return bytes.get_view();
    }
    static std::string_view whole(pbf_reader& bytes) {
        auto const it = view(bytes);
        return {it.data(), it.size()};
    }
    static std::string_view text(pbf_reader& bytes) {
        auto const it = whole(bytes);
        if (valid_utf8(it) != it.size()) throw Refused("a text that isn't UTF-8");
        return it;
    }
    static void skip(pbf_reader& bytes) {
        if (bytes.wire_type() == pbf_wire_type::length_delimited)
            (void)view(bytes);
        else
            bytes.skip();
    }

    std::size_t elements_ = 0;
};

class Writer {
  public:
    static void message(pbf_writer& out, std::span<Field const> fields, void const* from) {
        for (auto const& field : fields)
            // The table has one function for both directions; it only adds an offset.
            member(out, field.number, *field.type, field.in(const_cast<void*>(from)));
    }

  private:
    struct Place {
        pbf_writer& out;
        std::uint32_t number;
        Type const& type;
    };

    static void member(pbf_writer& out, std::uint32_t number, Type const& type, void const* from) {
        Place place{out, number, type};
        switch (type.shape) {
        case Shape::list:
            if (wire_type(type.element->shape) == pbf_wire_type::varint) return packed(place, from);
            [[fallthrough]];
        case Shape::optional:
            return type.each(from, {&place, [](void* to, std::string_view, void const* element) {
                                        auto const& place = as<Place>(to);
                                        value(place.out, place.number, *place.type.element,
                                              element);
                                    }});
        case Shape::map:
            return type.each(from,
                             {&place, [](void* to, std::string_view key, void const* element) {
                                  auto const& place = as<Place>(to);
                                  pbf_writer entry(place.out, place.number);
                                  text(entry, 1, key);
                                  value(entry, 2, *place.type.element, element);
                              }});
        default:
            if (!is_zero(type.shape, from)) value(out, number, type, from);
        }
    }

    static void packed(Place& place, void const* from) {
        std::string numbers; // a length stands before them
        std::pair<std::string*, Shape> to{&numbers, place.type.element->shape};
        place.type.each(from, {&to, [](void* to, std::string_view, void const* element) {
                                   auto& [numbers, shape] = as<std::pair<std::string*, Shape>>(to);
                                   protozero::add_varint_to_buffer(numbers, varint(shape, element));
                               }});
        if (!numbers.empty()) place.out.add_bytes(place.number, numbers);
    }

    static void value(pbf_writer& out, std::uint32_t number, Type const& type, void const* from) {
        switch (type.shape) {
        case Shape::message: {
            pbf_writer inner(out, number);
            return message(inner, type.fields, from);
        }
        case Shape::text: return text(out, number, as<std::string>(from));
        case Shape::text_view: return text(out, number, as<std::string_view>(from));
        case Shape::bytes: return put(out, number, as<std::string>(from));
        case Shape::bytes_view: return put(out, number, as<std::string_view>(from));
        case Shape::number: return out.add_double(number, as<double>(from));
        default: return out.add_uint64(number, varint(type.shape, from));
        }
    }

    static std::uint64_t varint(Shape shape, void const* from) {
        switch (shape) {
        case Shape::boolean: return as<bool>(from);
        case Shape::uint32: return as<std::uint32_t>(from);
        case Shape::int32: return static_cast<std::uint64_t>(std::int64_t{as<std::int32_t>(from)});
        default: return as<std::uint64_t>(from);
        }
    }

    static bool is_zero(Shape shape, void const* from) {
        switch (shape) {
        case Shape::text:
        case Shape::bytes: return as<std::string>(from).empty();
        case Shape::text_view:
        case Shape::bytes_view: return as<std::string_view>(from).empty();
        default: return varint(shape, from) == 0; // +0.0: all its bits are zero, too
        }
    }

    static void put(pbf_writer& out, std::uint32_t number, std::string_view bytes) {
        out.add_bytes(number, bytes.data(), bytes.size());
    }
    static void text(pbf_writer& out, std::uint32_t number, std::string_view text) {
        if (valid_utf8(text) == text.size()) return put(out, number, text);
        put(out, number, repaired_utf8(text));
    }
};

} // namespace

bool decode(std::string_view bytes, Type const& type, void* message, std::string& why) {
    try {
        Reader().message(pbf_reader(bytes.data(), bytes.size()), type.fields, message);
        return true;
    } catch (protozero::exception const& exception) {
        why = std::string("cannot decode the message: ") + exception.what();
        return false;
    }
}

void encode(std::string& out, Type const& type, void const* message) {
    pbf_writer writer(out);
    Writer::message(writer, type.fields, message);
}

} // namespace davit::shim::wire::detail
