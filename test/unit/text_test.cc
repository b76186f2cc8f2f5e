// SPDX-License-Identifier: Apache-2.0
// unit/text_test.cc - base/text.h: joining, quoting, parsing, splitting, paths.
#include "catch.h"

#include <cstdint>
#include <limits>

#include "base/bytes.h"
#include "base/text.h"

namespace {

using namespace davit;
using namespace std::string_view_literals;

TEST_CASE("text joins strings, characters and integers") {
    CHECK(text() == "");
    CHECK(text("a", std::string("b"), "c"sv, 'd', -1, 2U, std::uint64_t(~0ULL))
          == "abcd-1218446744073709551615");
    CHECK(text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
}

TEST_CASE("quoted text can neither end its quotes nor a line") {
    CHECK(quoted("") == R"("")");
    CHECK(quoted("plain/Name-1") == R"("plain/Name-1")");
    CHECK(quoted(R"(a"b\c)") == R"("a\"b\\c")");
    CHECK(quoted("a\nb\tc\x1b[31m\x7f"sv) == R"("a\nb\x09c\x1b[31m\x7f")");
    CHECK(quoted("a\0b"sv) == R"("a\x00b")");
    CHECK(quoted("grün") == "\"grün\"");
    // C1 controls of UTF-8: U+009B is "\x1b[" in one.
    CHECK(quoted("a\xc2\x9b"
                 "31m\xc2\x80\xc2\x9f\xc2\xa0\xe2\x82\x9b\xc2")
          == "\"a\\xc2\\x9b"
             "31m\\xc2\\x80\\xc2\\x9f\xc2\xa0\xe2\x82\x9b\xc2\"");
    for (int c = 0; c < 256; ++c) {
        auto const q = quoted(std::string(1, static_cast<char>(c)));
        for (char const inside : q.substr(1, q.size() - 2)) {
            auto const byte = static_cast<unsigned char>(inside);
            CHECK((byte >= 0x20 && byte != 0x7f));
        }
    }
}

TEST_CASE("numbers in other bases") {
    CHECK(octal(0) == "00");
    CHECK(octal(0755) == "0755");
    CHECK(hex(31) == "0x1f");
    CHECK(hex(~0ULL) == "0xffffffffffffffff");
}

TEST_CASE("ordinals") {
    struct Row {
        unsigned n;
        char const* text;
    };
    for (auto const& row : {Row{0, "0th"}, Row{1, "1st"}, Row{2, "2nd"}, Row{3, "3rd"},
                            Row{4, "4th"}, Row{10, "10th"}, Row{11, "11th"}, Row{12, "12th"},
                            Row{13, "13th"}, Row{21, "21st"}, Row{22, "22nd"}, Row{101, "101st"},
                            Row{111, "111th"}, Row{113, "113th"}, Row{1023, "1023rd"}})
        CHECK(ordinal(row.n) == row.text);
}

TEST_CASE("parse takes a whole number and nothing else") {
    CHECK(parse<int>("0") == 0);
    CHECK(parse<int>("-12") == -12);
    CHECK(parse<std::uint32_t>("4294967295") == 4294967295U);
    CHECK(parse<std::uint64_t>("18446744073709551615") == ~0ULL);
    for (auto const wrong : {""sv, " 1"sv, "1 "sv, "+1"sv, "0x1"sv, "1e3"sv, "1.0"sv, "one"sv,
                             "-"sv, "1\n"sv, "1\0"sv})
        CHECK_FALSE(parse<int>(wrong));
    CHECK_FALSE(parse<std::uint32_t>("4294967296"));
    CHECK_FALSE(parse<std::uint32_t>("-1"));
    CHECK_FALSE(parse<std::int8_t>("128"));
    CHECK_FALSE(parse<std::uint64_t>("18446744073709551616"));
}

TEST_CASE("split") {
    using Pieces = std::vector<std::string_view>;
    CHECK(split("", ',') == Pieces{});
    CHECK(split("a", ',') == Pieces{"a"});
    CHECK(split("a,b,c", ',') == Pieces{"a", "b", "c"});
    CHECK(split(",", ',') == Pieces{"", ""});
    CHECK(split(",a,,b,", ',') == Pieces{"", "a", "", "b", ""});
}

TEST_CASE("clean paths never leave the root") {
    struct Row {
        char const* path;
        char const* clean;
    };
    for (auto const& row : {
             Row{"", "."},
             Row{".", "."},
             Row{"./", "."},
             Row{"/", "/"},
             Row{"//", "/"},
             Row{"/.", "/"},
             Row{"/..", "/"},
             Row{"/../..//../etc", "/etc"},
             Row{"/a/b/../c", "/a/c"},
             Row{"/a/../..", "/"},
             Row{"/a/b/", "/a/b"},
             Row{"/a//b/./c", "/a/b/c"},
             Row{"a", "a"},
             Row{"a/..", "."},
             Row{"a/../b", "b"},
             Row{"..", ".."},
             Row{"../..", "../.."},
             Row{"../a/..", ".."},
             Row{"a/../../b", "../b"},
             Row{"/...", "/..."},
             Row{"/..a/.b", "/..a/.b"},
         }) {
        INFO(row.path);
        CHECK(clean_path(row.path) == row.clean);
        CHECK(clean_path(clean_path(row.path)) == row.clean);
    }
}

TEST_CASE("the last slash") {
    CHECK(last_slash("") == nullptr);
    CHECK(last_slash("name") == nullptr);
    CHECK(last_slash("/a/b") == "/b"sv);
    CHECK(last_slash("a/") == "/"sv);
}

} // namespace
