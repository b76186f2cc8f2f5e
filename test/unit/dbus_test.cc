// SPDX-License-Identifier: Apache-2.0
// unit/dbus_test.cc - D-Bus values, messages, addresses: bytes and text, and what a peer may not
// do.
#include "catch.h"

#include "dbus/connection.h"

using namespace davit;
using dbus::Value;

namespace {

std::string wire(Value const& value) {
    std::string out;
    dbus::marshal(value, out);
    return out;
}

/// The value that the text stands for, or why there is none.
std::string round(std::string_view text) {
    auto const value = dbus::parse_text(text);
    if (!value) return value.error().story;
    auto const printed = dbus::to_text(*value);
    auto const again = dbus::parse_text(printed);
    if (!again || *again != *value) return "not read back: " + printed;
    return value->type + " " + printed;
}

dbus::Message some_message() {
    auto message = dbus::call("a.b", "/p", "i.f", "M",
                              {dbus::string("text"), dbus::array("(sv)", {}),
                               dbus::structure({dbus::boolean(true), dbus::uint64(1)}),
                               dbus::variant(dbus::bytes("ab")), dbus::floating(1.5)});
    message.serial = 7;
    message.reply_to = 9;
    message.sender = ":1.5";
    return message;
}

} // namespace

TEST_CASE("dbus: types", "[dbus]") {
    CHECK(dbus::type_length("s") == 1);
    CHECK(dbus::type_length("a(sv)u") == 5);
    CHECK(dbus::type_length("a{s(uu)}") == 8);
    CHECK(dbus::type_length("(a(sa(sv)))") == 11);
    for (auto const* wrong : {"", "a", "(", "()", "{sv}", "a{vs}", "a{s}", "a{sss}", "z", "(s"})
        CHECK(dbus::type_length(wrong) == 0);
    CHECK(dbus::type_length(std::string(32, 'a') + "y") == 33);
    CHECK(dbus::type_length(std::string(33, 'a') + "y") == 0);
}

TEST_CASE("dbus: values on the wire", "[dbus]") {
    using namespace std::string_literals;
    CHECK(wire(dbus::uint32(0x01020304)) == "\4\3\2\1"s);
    CHECK(wire(dbus::string("ab")) == "\2\0\0\0ab\0"s);
    CHECK(wire(dbus::variant(dbus::boolean(true))) == "\1b\0\0\1\0\0\0"s);
    // The size doesn't count the padding before the first element, which is there without one, too.
    CHECK(wire(dbus::array("t", {dbus::uint64(5)})) == "\x08\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0"s);
    CHECK(wire(dbus::array("t", {})) == "\0\0\0\0\0\0\0\0"s);
}

TEST_CASE("dbus: a message and its bytes", "[dbus]") {
    auto const message = some_message();
    auto const bytes = dbus::encode(message);
    auto const size = dbus::size_of(std::string_view(bytes).substr(0, dbus::head_size));
    REQUIRE(size);
    CHECK(*size == bytes.size());
    auto const again = dbus::decode(bytes);
    REQUIRE(again);
    CHECK(*again == message);
}

TEST_CASE("dbus: a message of the other byte order", "[dbus]") {
    using namespace std::string_literals;
    auto const bytes = "B\2\0\1"s + "\0\0\0\4"s + "\0\0\0\1"s + "\0\0\0\x0f"s + "\5\1u\0"s
                       + "\0\0\0\3"s + "\x08\1g\0"s + "\1u\0\0"s + "\0\0\0\x2a"s;
    auto const message = dbus::decode(bytes);
    INFO((message ? "" : message.error().story));
    REQUIRE(message);
    CHECK(message->reply_to == 3);
    CHECK(message->arguments == std::vector<Value>{dbus::uint32(42)});
}

TEST_CASE("dbus: no message is taken that is cut off or damaged", "[dbus]") {
    auto const bytes = dbus::encode(some_message());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(dbus::decode(std::string_view(bytes).substr(0, size)));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (char const c : {'\0', '\1', '\x7f', '\xff'}) {
            auto damaged = bytes;
            damaged[i] = c;
            if (auto const message = dbus::decode(damaged)) CHECK(message->arguments.size() <= 8);
        }
    auto huge = bytes;
    huge[7] = '\x10';
    CHECK_FALSE(dbus::size_of(std::string_view(huge).substr(0, dbus::head_size)));
}

TEST_CASE("dbus: values nested without an end, and too many of them", "[dbus]") {
    auto value = dbus::boolean(true);
    for (int i = 0; i < 100; ++i) value = dbus::variant(std::move(value));
    auto const bytes = wire(value);
    CHECK_FALSE(dbus::Unmarshaller(bytes, false).take("v"));
    auto const many = wire(dbus::bytes(std::string(5000, 'x')));
    CHECK_FALSE(dbus::Unmarshaller(many, false).take("ay"));
}

TEST_CASE("dbus: values as text", "[dbus]") {
    CHECK(round("true") == "b true");
    CHECK(round("-7") == "i -7");
    CHECK(round("0x1F") == "i 31");
    CHECK(round("uint64 18446744073709551615") == "t uint64 18446744073709551615");
    CHECK(round("@t 7") == "t uint64 7");
    CHECK(round("int64 -9223372036854775808") == "x int64 -9223372036854775808");
    CHECK(round("byte 255") == "y byte 255");
    CHECK(round("1.5") == "d 1.5");
    CHECK(round("double 3") == "d 3.0");
    CHECK(round(R"('it\'s')") == R"(s 'it\'s')");
    CHECK(round(R"("a\n\u00e4")") == "s 'a\\n\xc3\xa4'");
    CHECK(round("objectpath '/a'") == "o objectpath '/a'");
    CHECK(round("['a', \"b\"]") == "as ['a', 'b']");
    CHECK(round("@as []") == "as @as []");
    CHECK(round("[uint32 1, 2]") == "au [uint32 1, 2]");
    CHECK(round("[('/dev/null', 'rw')]") == "a(ss) [('/dev/null', 'rw')]");
    CHECK(round("(1,)") == "(i) (1,)");
    CHECK(round("<uint64 5>") == "v <uint64 5>");
    CHECK(round("b'ab'") == "ay [byte 97, 98, 0]");
}

TEST_CASE("dbus: what is no text of a value", "[dbus]") {
    for (auto const* wrong :
         {"",     "tru",  "1 2", "[",         "[1,",       "['a', 1]",   "[]",
          "()",   "(1",   "'a",  "uint64 -1", "byte 256",  "2147483648", "@",
          "@z 1", "@s 1", "<1",  "'\\u00",    "'\\ud800'", "uint64 'a'", "1x"}) {
        INFO(wrong);
        auto const value = dbus::parse_text(wrong);
        REQUIRE_FALSE(value);
        CHECK(value.error().kind == Kind::config);
    }
    CHECK_FALSE(dbus::parse_text(std::string(10000, '[')));
    CHECK_FALSE(dbus::parse_text(std::string(10000, '<')));
}

TEST_CASE("dbus: server addresses", "[dbus]") {
    using Paths = std::vector<std::string>;
    CHECK(dbus::sockets_of("unix:path=/run/bus") == Paths{"/run/bus"});
    CHECK(dbus::sockets_of("unix:abstract=/tmp/x,guid=0a") == Paths{"@/tmp/x"});
    CHECK(dbus::sockets_of("tcp:host=a;unix:path=/a%20b;unix:path=/c") == Paths{"/a b", "/c"});
    CHECK(dbus::sockets_of("unix:path=relative;unix:path=/a%2;unix:path=/a%zz;unix:").empty());
    CHECK(dbus::sockets_of("").empty());
}
