// SPDX-License-Identifier: Apache-2.0
// dbus/message.cc - a D-Bus message and its bytes. Runs in: parent; pure.
//
// D-Bus Specification, "Message Format".
#include "dbus/message.h"

#include <bit>

namespace davit::dbus {

namespace {

constexpr char protocol_version = 1;
constexpr std::string_view header_type = "a(yv)";

struct Field {
    std::uint8_t code;
    char type;
    std::string Message::* text;
};
constexpr Field text_fields[] = {
    {1, 'o', &Message::path},  {2, 's', &Message::interface},   {3, 's', &Message::member},
    {4, 's', &Message::error}, {6, 's', &Message::destination}, {7, 's', &Message::sender},
};
constexpr std::uint8_t reply_serial_code = 5, signature_code = 8, fds_code = 9;

Value field(std::uint8_t code, Value value) {
    return structure({{"y", code, {}, {}}, variant(std::move(value))});
}

std::unexpected<Error> broken_message(std::string_view what) {
    return fail(Kind::system, "the bus sent ", what);
}

/// The lengths in the head.
struct Lengths {
    std::size_t body = 0;
    std::size_t fields = 0;
    [[nodiscard]] std::size_t before_body() const { return head_size + (fields + 7) / 8 * 8; }
    [[nodiscard]] std::size_t all() const { return before_body() + body; }
};

Result<Lengths> lengths(std::string_view head) {
    if (head.size() < head_size || (head[0] != 'l' && head[0] != 'B')
        || head[3] != protocol_version)
        return broken_message("what is no message of D-Bus");
    bool const big = head[0] == 'B';
    Unmarshaller reader(head.substr(4, 12), big);
    Lengths out;
    out.body = TRY(reader.take("u")).number;
    TRY(reader.take("u"));
    out.fields = TRY(reader.take("u")).number;
    return out;
}

/// Reads the header's fields into `message`; returns the signature of the body.
Result<std::string> take_fields(Value const& fields, Message& message) {
    std::string signature;
    for (auto const& entry : fields.items) {
        auto const code = entry.items[0].number;
        auto const& value = entry.items[1].items[0];
        for (auto const& known : text_fields)
            if (known.code == code) {
                if (value.type[0] != known.type)
                    return broken_message("a header field of a wrong type");
                message.*known.text = value.text;
            }
        if (code == reply_serial_code && value.type == "u")
            message.reply_to = static_cast<std::uint32_t>(value.number);
        if (code == signature_code && value.type == "g") signature = value.text;
    }
    return signature;
}

} // namespace

Message call(std::string_view destination, std::string_view path, std::string_view interface,
             std::string_view member, std::vector<Value> arguments) {
    Message out;
    out.destination = destination;
    out.path = path;
    out.interface = interface;
    out.member = member;
    out.arguments = std::move(arguments);
    return out;
}

std::string encode(Message const& message) {
    std::string body, signature;
    for (auto const& argument : message.arguments) {
        marshal(argument, body);
        signature += argument.type;
    }
    std::vector<Value> fields;
    for (auto const& known : text_fields)
        if (auto const& text = message.*known.text; !text.empty())
            fields.push_back(field(known.code, {std::string(1, known.type), 0, text, {}}));
    if (message.reply_to) fields.push_back(field(reply_serial_code, uint32(message.reply_to)));
    if (message.fd >= 0) fields.push_back(field(fds_code, uint32(1)));
    if (!signature.empty()) fields.push_back(field(signature_code, {"g", 0, signature, {}}));

    std::string out;
    out += std::endian::native == std::endian::little ? 'l' : 'B';
    out += static_cast<char>(message.type);
    out += '\0'; // flags
    out += protocol_version;
    marshal(uint32(static_cast<std::uint32_t>(body.size())), out);
    marshal(uint32(message.serial), out);
    marshal(array(header_type.substr(1), std::move(fields)), out);
    out.resize((out.size() + 7) / 8 * 8);
    return out + body;
}

Result<std::size_t> size_of(std::string_view head) {
    auto const size = TRY(lengths(head)).all();
    if (size > largest_message) return broken_message(text("a message of ", size, " bytes"));
    return size;
}

Result<Message> decode(std::string_view bytes) {
    auto const size = TRY(lengths(bytes));
    if (size.all() != bytes.size())
        return broken_message("a message of another length than it says");
    bool const big = bytes[0] == 'B';
    Message message;
    message.type = static_cast<MessageType>(bytes[1]);
    if (bytes[1] < 1 || bytes[1] > 4) return broken_message("a message of no known type");
    Unmarshaller head(bytes.substr(0, size.before_body()), big);
    for (int i = 0; i < 4; ++i) TRY(head.take("y"));
    TRY(head.take("u"));
    message.serial = static_cast<std::uint32_t>(TRY(head.take("u")).number);
    auto const signature = TRY(take_fields(TRY(head.take(header_type)), message));

    Unmarshaller body(bytes.substr(size.before_body()), big);
    for (std::size_t at = 0; at < signature.size();) {
        auto const length = type_length(std::string_view(signature).substr(at));
        if (length == 0) return broken_message("a body of no known type");
        message.arguments.push_back(TRY(body.take(std::string_view(signature).substr(at, length))));
        at += length;
    }
    if (body.position() != size.body) return broken_message("a body longer than its values");
    return message;
}

} // namespace davit::dbus
