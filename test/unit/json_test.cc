// SPDX-License-Identifier: Apache-2.0
// unit/json_test.cc - lib/json: reading, writing, documenting, and what hostile text does.
#include "catch.h"

#include "json/fields.h"
#include "json/json.h"
#include "json/path.h"
#include "json/tape.h"

namespace {

enum class Colour : std::uint32_t { none, red, blue };

struct Point {
    std::int64_t x = 0;
    std::optional<std::uint16_t> y;
    bool operator==(Point const&) const = default;
};

struct Drawing {
    std::string title;
    bool visible = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    double scale = 0;
    std::optional<Colour> colour;
    std::vector<Point> points;
    std::vector<std::string> words;
    std::map<std::string, std::string> notes;
    std::map<std::string, Point> places;
    std::optional<Point> centre;
    Point corner;
    std::int32_t always = 0;
    bool operator==(Drawing const&) const = default;
};

} // namespace

namespace davit::json {

template <>
inline constexpr auto names<Colour> = table<Name>({{"red", Colour::red}, {"blue", Colour::blue}});

template <>
inline constexpr auto fields<Point> = list({
    field<&Point::x>("x", "metres", Need::required),
    field<&Point::y>("y", "metres"),
});

template <>
inline constexpr auto fields<Drawing> = list({
    field<&Drawing::title>("title", "a text"),
    field<&Drawing::visible>("visible", "a truth"),
    field<&Drawing::small>("small", "a byte"),
    field<&Drawing::large>("large", "eight bytes"),
    field<&Drawing::scale>("scale", "a fraction"),
    field<&Drawing::colour>("colour", "a name"),
    field<&Drawing::points>("points", "objects"),
    field<&Drawing::words>("words", "texts"),
    field<&Drawing::notes>("notes", "texts by key"),
    field<&Drawing::places>("places", "objects by key"),
    field<&Drawing::centre>("centre", "an object, or none"),
    field<&Drawing::corner>("corner", "an object"),
    field<&Drawing::always>("always", "a number", Need::always),
});

} // namespace davit::json

using namespace davit;
using namespace std::string_literals;

namespace {

Drawing read(std::string_view text) {
    auto drawing = json::read<Drawing>(text, "d.json");
    INFO((drawing ? "" : drawing.error().story));
    REQUIRE(drawing);
    return *drawing;
}

std::string story(std::string_view text) {
    auto const drawing = json::read<Drawing>(text, "d.json");
    REQUIRE_FALSE(drawing);
    CHECK(drawing.error().kind == Kind::config);
    return drawing.error().story;
}

Drawing full() {
    Drawing d;
    d.title = "a \"b\"\\\n\x01 \xc3\xa9 \xf0\x9f\x9a\xa2";
    d.visible = true;
    d.small = -128;
    d.large = ~std::uint64_t{0};
    d.scale = 0.1;
    d.colour = Colour::blue;
    d.points = {{-1, 65535}, {std::numeric_limits<std::int64_t>::min(), {}}};
    d.words = {"", "b"};
    d.notes = {{"", "empty"}, {"a/b~c", ""}};
    d.places = {{"here", {1, 0}}};
    d.centre = Point{};
    d.corner = {0, 7};
    d.always = 3;
    return d;
}

} // namespace

TEST_CASE("a struct survives the way through text, in every format") {
    for (auto const format : {json::one_line, json::tabs, json::spaces(4)})
        CHECK(read(json::write(full(), format)) == full());
    CHECK(read(json::write(Drawing{})) == Drawing{});
}

TEST_CASE("zero values are left out unless marked") {
    CHECK(json::write(Drawing{}) == R"({"corner":{"x":0},"always":0})");
    Drawing d;
    d.centre = Point{}; // there, although all zero
    d.words = {""};
    CHECK(json::write(d, json::spaces(2)) == R"({
  "words": [
    ""
  ],
  "centre": {
    "x": 0
  },
  "corner": {
    "x": 0
  },
  "always": 0
})");
}

TEST_CASE("text is escaped, and made UTF-8 where it isn't") {
    Drawing d;
    d.title = "\"\\\b\f\n\r\t\x01\x1f/\x7f \xff \xc3 \xed\xa0\x80 \xc3\xa9"s + '\0';
    CHECK(json::write(d).starts_with(
        "{\"title\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F/\x7f \\ufffd \\ufffd "
        "\\ufffd\\ufffd\\ufffd \xc3\xa9\\u0000\""));
}

TEST_CASE("doubles are short and finite") {
    Drawing d;
    auto const scale = [&](double value) {
        d.scale = value;
        return json::write(d).substr(0, 14);
    };
    CHECK(scale(0.5) == "{\"scale\":0.5,\"");
    CHECK(scale(1.0 / 0.0) == "{\"scale\":0,\"co");
    CHECK(read(R"({"corner":{"x":0},"scale":-3})").scale == -3);
    CHECK(read(R"({"corner":{"x":0},"scale":1e3})").scale == 1000);
}

TEST_CASE("null counts as absent, unknown members are skipped") {
    CHECK(read(R"({"points":null,"notes":null,"title":null,"centre":null,"colour":"","always":null,
                   "unknown":{"deep":[1,{"x":[]}],"title":5},"corner":{"x":1,"z":[[]]}})")
              .corner.x
          == 1);
}

TEST_CASE("what is wrong is named by its JSON pointer") {
    CHECK(story("[]") == "d.json: expected an object, found an array");
    CHECK(story("null") == "d.json: expected an object, found null");
    CHECK(story(R"({"points":[{"x":1},{"x":"abc"}]})")
          == R"(d.json: /points/1/x: expected an integer, found "abc")");
    CHECK(story(R"({"points":[{"y":1}]})") == "d.json: /points/0/x: is required, but missing");
    CHECK(story(R"({"points":[{"x":null}]})") == "d.json: /points/0/x: is required, but missing");
    CHECK(story(R"({"points":[null]})") == "d.json: /points/0: expected an object, found null");
    CHECK(story(R"({"notes":{"a/b~c":1}})")
          == "d.json: /notes/a~1b~0c: expected a string, found 1");
    CHECK(story(R"({"notes":{"a\nb":[]}})")
          == "d.json: /notes/a\\nb: expected a string, found an array");
    CHECK(story(R"({"visible":0})") == "d.json: /visible: expected true or false, found 0");
    CHECK(story(R"({"scale":"1"})") == R"(d.json: /scale: expected a number, found "1")");
    CHECK(story(R"({"words":{}})") == "d.json: /words: expected an array, found an object");
    CHECK(story(R"({"colour":"green"})")
          == R"(d.json: /colour: expected one of "blue", "red", found "green")");
    CHECK(story(R"({"colour":true})")
          == R"(d.json: /colour: expected one of "blue", "red", found true)");
}

TEST_CASE("integers keep their range") {
    CHECK(story(R"({"small":128})")
          == "d.json: /small: expected an integer from -128 to 127, found 128");
    CHECK(story(R"({"small":-129})")
          == "d.json: /small: expected an integer from -128 to 127, found -129");
    CHECK(story(R"({"centre":{"x":0,"y":65536}})")
          == "d.json: /centre/y: expected an integer from 0 to 65535, found 65536");
    CHECK(story(R"({"centre":{"x":0,"y":-1}})")
          == "d.json: /centre/y: expected an integer from 0 to 65535, found -1");
    CHECK(story(R"({"large":-1})")
          == "d.json: /large: expected an integer from 0 to 18446744073709551615, found -1");
    CHECK(story(R"({"large":18446744073709551616})")
              .starts_with("d.json: /large: expected an integer"));
    CHECK(story(R"({"corner":{"x":1.5}})") == "d.json: /corner/x: expected an integer, found 1.5");
    CHECK(story(R"({"corner":{"x":1e2}})")
          == "d.json: /corner/x: expected an integer, found 100.0");
    CHECK(story(R"({"corner":{"x":18446744073709551616}})")
          == "d.json: /corner/x: expected an integer, found 18446744073709551616");
    CHECK(story(R"({"corner":{"x":9223372036854775808}})")
          == "d.json: /corner/x: expected an integer, found 9223372036854775808");
    CHECK(read(R"({"corner":{"x":-9223372036854775808},"large":18446744073709551615})").large
          == ~std::uint64_t{0});
    CHECK(read(R"({"corner":{"x":-0}})").corner.x == 0);
}

TEST_CASE("a member or a key that comes twice is refused") {
    CHECK(story(R"({"title":"a","title":"b"})") == "d.json: /title: is there twice");
    CHECK(story(R"({"notes":{"k":"a","k":"b"}})") == "d.json: /notes/k: is there twice");
    CHECK(read(R"({"corner":{"x":1},"other":1,"other":2})").corner.x == 1);
}

TEST_CASE("long values are shortened, never in the middle of a character") {
    CHECK(story("{\"visible\":\"" + std::string(100, 'a') + "\"}")
          == "d.json: /visible: expected true or false, found \"" + std::string(40, 'a') + "\"…");
    std::string accents = "a";
    for (int i = 0; i < 50; ++i) accents += "\xc3\xa9";
    CHECK(story("{\"visible\":\"" + accents + "\"}").ends_with("\xc3\xa9\"…"));
}

TEST_CASE("syntax errors have a line and a column") {
    CHECK(story("") == "d.json:1:1: expected a value, found the end of the text");
    CHECK(story("{\n  \"a\": 1\n  \"b\": 2}") == R"(d.json:3:3: expected ',' or '}', found "\"")");
    CHECK(story("\xef\xbb\xbf{}")
          == "d.json:1:1: expected a value, found a byte order mark (EF BB BF): save the file as "
             "UTF-8 without one");
    CHECK(story("{\"\xc3\xa9\": x}") == R"(d.json:1:7: expected a value, found "x")");
    CHECK(story("{} {}") == R"(d.json:1:4: expected the end of the document, found "{")");
    CHECK(story("{1:2}") == R"(d.json:1:2: expected a member's name in double quotes, found "1")");
    CHECK(story("{\"a\" 1}") == R"(d.json:1:6: expected ':', found "1")");
    CHECK(story("[1 2]") == R"(d.json:1:4: expected ',' or ']', found "2")");
    CHECK(story("[1,]") == R"(d.json:1:4: expected a value, found "]")");
    CHECK(story("[1.]").starts_with("d.json:1:4: expected digits of a fraction"));
    CHECK(story("[1e]").starts_with("d.json:1:4: expected digits of an exponent"));
    CHECK(story("[1e999]").starts_with("d.json:1:2: expected a number below 1.8e308"));
    CHECK(story("[\"\\x\"]").find("expected a valid escape sequence") != std::string::npos);
    CHECK(story("[\"\\u12x4\"]").find("expected \\u and four hexadecimal digits")
          != std::string::npos);
    CHECK(story("[\"\\ud800x\"]").find("expected a pair of surrogates") != std::string::npos);
    CHECK(story("[\"abc").find("expected '\"' at the end of a string") != std::string::npos);
    CHECK(story("[\"a\nb\"]").starts_with("d.json:1:4: expected a valid escape sequence"));
    CHECK(story("\xef\xbb\xbf{}").starts_with("d.json:1:1: expected a value"));
    CHECK(story("// comment\n{}").starts_with("d.json:1:1: expected a value"));
}

TEST_CASE("NUL and text that isn't UTF-8 are refused") {
    CHECK(story("{}\0{"s) == "d.json:1:3: expected JSON, found a NUL character");
    CHECK(story(R"({"title":"a\u0000b"})").ends_with(": expected a string without NUL characters"));
    CHECK(story(R"({"a\u0000b":1})").ends_with(": expected a string without NUL characters"));
    CHECK(story("{\"title\":\"\xff\"}").ends_with(": expected UTF-8"));
    CHECK(story("{\"title\":\"\xc0\x80\"}").ends_with(": expected UTF-8"));         // overlong
    CHECK(story("{\"title\":\"\xed\xa0\x80\"}").ends_with(": expected UTF-8"));     // surrogate
    CHECK(story("{\"title\":\"\xf4\x90\x80\x80\"}").ends_with(": expected UTF-8")); // too large
    CHECK(story("{\"title\":\"\xc3\"}").ends_with(": expected UTF-8"));             // cut off
    // RapidJSON 1.1 accepts it as text, which isn't UTF-8; later versions refuse it.
    auto const half = story(R"({"title":"\udc00"})");
    CHECK((half.ends_with(": expected UTF-8")
           || half.find(": expected a pair of surrogates") != half.npos));
    CHECK(read(R"({"corner":{"x":0},"title":"\ud83d\udea2\u00e9"})").title
          == "\xf0\x9f\x9a\xa2\xc3\xa9");
}

TEST_CASE("deep, huge and long documents end in an error") {
    CHECK(story(std::string(1'000'000, '[')) == "d.json:1:66: nested too deeply");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    CHECK(story(objects).ends_with(": nested too deeply"));
    CHECK(story(std::string(json::max_size + 1, ' ')) == "d.json: is bigger than 8 MiB");
    CHECK(story(std::string(json::max_size, ' '))
              .ends_with("expected a value, found the end of the text"));
    CHECK(story("{\"large\":" + std::string(1'000'000, '9') + "}").find("expected a number below")
          != std::string::npos);
    CHECK(story("{\"large\":0." + std::string(1'000'000, '9') + "}")
              .starts_with("d.json: /large: expected"));
    CHECK(story("{\"large\":1e-" + std::string(1000, '9') + "}")
              .starts_with("d.json: /large: expected"));
    std::string wrong = "{\"points\":[{}"; // each {} would be a Point of 24 bytes
    while (wrong.size() < json::max_size - 10) wrong += ",{}";
    CHECK(story(wrong + "]}") == "d.json: /points/0/x: is required, but missing");
    auto const deep = std::string(json::max_depth - 1, '[') + std::string(json::max_depth - 1, ']');
    CHECK(read("{\"corner\":{\"x\":1},\"other\":" + deep + "}").corner.x == 1);
}

TEST_CASE("pointers escape what RFC 6901 says") {
    json::Path const root;
    CHECK(root.pointer() == "");
    json::Path const mounts{"mounts"};
    json::Path const third{mounts, 3};
    CHECK(json::Path(third, "a/b~\n").pointer() == "/mounts/3/a~1b~0\\n");
    CHECK(json::Path(mounts, "").pointer() == "/mounts/");
}

TEST_CASE("a list of fields documents itself") {
    auto const rows = json::document<Drawing>();
    auto const row = [&](std::string_view pointer) {
        for (auto const& r : rows)
            if (r.pointer == pointer) return r;
        FAIL("no " << pointer);
        return json::Row{};
    };
    CHECK(rows.front().pointer == "/title");
    CHECK(row("/small").type == "an integer from -128 to 127");
    CHECK(row("/colour").type == R"(one of "blue", "red")");
    CHECK(row("/words").type == "an array, each a string");
    CHECK(row("/points/*/x").required);
    CHECK(row("/places/*/y").type == "an integer from 0 to 65535");
    CHECK(row("/centre/x").doc == "metres");
    CHECK_FALSE(row("/always").required);
}
