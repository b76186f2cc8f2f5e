// SPDX-License-Identifier: Apache-2.0
// unit/tools_option_values_test.cc - the values of options: tools/option_values.h.
#include "catch.h"
#include <limits>

#include "option_values.h"

using namespace davit::cli;
using namespace std::chrono_literals;

TEST_CASE("a size has the units of go-units") {
    struct Row {
        char const* text;
        std::int64_t bytes;
    };
    for (auto const& [text, bytes] : {Row{"0", 0},
                                      {"4096", 4096},
                                      {"-1", -1},
                                      {"64m", 64 << 20},
                                      {"64M", 64 << 20},
                                      {"64MB", 64 << 20},
                                      {"64mib", 64 << 20},
                                      {"64 MiB", 64 << 20},
                                      {"7b", 7},
                                      {"32kB", 32 << 10},
                                      {"1.5g", 3LL << 29},
                                      {".5k", 512},
                                      {"1t", 1LL << 40},
                                      {"1p", 1LL << 50},
                                      {"9223372036854775807", 9223372036854775807}}) {
        INFO(text);
        CHECK(read_size(text) == bytes);
    }
    for (auto const* wrong : {"", "m", "-2", "-1m", "+1", "1x", "1mm", "1ibb", "1.2.3", "0x10",
                              "1  m", " 1", "8192p", "9223372036854775808", "1mi", "."}) {
        INFO(wrong);
        CHECK_FALSE(read_size(wrong));
    }
}

TEST_CASE("a duration has the units of Go") {
    CHECK(read_duration("5s") == 5s);
    CHECK(read_duration("1m30s") == 90s);
    CHECK(read_duration("1.5h") == 90min);
    CHECK(read_duration("100ms") == 100ms);
    CHECK(read_duration("3us") == 3us);
    CHECK(read_duration("3\u00b5s") == 3us);
    CHECK(read_duration("0.25s") == 250ms);
    CHECK(read_duration("7ns") == 7ns);
    for (auto const* wrong :
         {"", "5", "s", "5 s", "-5s", "5s ", "1.2.3s", "5x", "1m30", "3000000h"}) {
        INFO(wrong);
        CHECK_FALSE(read_duration(wrong));
    }
}
