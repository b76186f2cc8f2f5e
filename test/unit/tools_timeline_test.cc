// SPDX-License-Identifier: Apache-2.0
// unit/tools_timeline_test.cc - `davit explain --timeline`: tools/timeline.h, ops/trace_read.cc.
#include "catch.h"

#include "davit/trace.h"
#include "timeline.h"

using davit::Trace;
using davit::cli::draw;

namespace {

Trace example() {
    Trace trace;
    trace.add({"init: mounts", 8, 1'500'000, 2'000'000});
    trace.add({"create", 7, 1'000'000, 3'000'000});
    trace.add({"plan", 7, 1'000'000, 1'250'000});
    trace.add({"start init", 7, 1'250'000, 2'250'000});
    return trace;
}

std::string problem(std::string_view text) {
    auto const trace = Trace::from_json(text, "file");
    return trace ? "" : trace.error().story;
}

} // namespace

TEST_CASE("timeline: bars to scale, what is within another indented") {
    CHECK(draw(example(), 80)
          == "microseconds                      starts     takes  |--------------------------|\n"
             "\n"
             "process 7\n"
             "create                                 0      2000  ############################\n"
             "  plan                                 0       250  ####\n"
             "  start init                         250      1000      ##############\n"
             "\n"
             "process 8\n"
             "init: mounts                         500       500         #######\n");
    CHECK(draw({}, 80) == "no spans\n");
}

TEST_CASE("timeline: fits its width, whatever the spans are") {
    Trace trace;
    trace.add({std::string(300, 'x') + "\x1b[2J\n\xc3\xa4", 1, 0, 9'000'000'000'000'000});
    trace.add({"", 2, 9'000'000'000'000'000, 9'000'000'000'000'000});
    for (int depth = 0; depth < 50; ++depth) trace.add({"deep", 1, depth, 1000 - depth});
    for (auto const* only : {"now", "\xc3\xa4\xc3\xb6\xc3\xbc"}) trace.add({only, 3, 5, 5});
    for (std::size_t const width : {60U, 80U, 200U}) {
        std::string line;
        for (char const c : draw(trace, width)) {
            if (c != '\n') {
                if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) line += c;
                continue;
            }
            CHECK(line.size() <= width);
            CHECK(line.find('\x1b') == line.npos);
            line.clear();
        }
    }
    Trace at_once;
    at_once.add({"one", 1, 5, 5});
    CHECK(draw(at_once, 80).find("one  ") != std::string::npos);
}

TEST_CASE("timeline: what --trace writes is read again") {
    auto const read = Trace::from_json(example().to_json(), "file");
    REQUIRE(read);
    CHECK(read->to_json() == example().to_json());
    CHECK(Trace::from_json(Trace().to_json(), "file").value().spans().empty());
}

TEST_CASE("timeline: of other programs' events, the complete ones") {
    auto const read = Trace::from_json(
        R"([{"ph":"M","name":"process_name"},{"ph":"X","name":"a","pid":1,"ts":-0.0,"dur":1.5},7])",
        "file");
    REQUIRE(read);
    REQUIRE(read->spans().size() == 1);
    CHECK(read->spans()[0].end_ns == 1500);
}

TEST_CASE("timeline: another document is an error that says what was expected") {
    auto const event = [](char const* rest) {
        return problem(std::string(R"({"traceEvents":[{"ph":"X",)") + rest + "}]}");
    };
    CHECK(problem("").starts_with("file:1:1: "));
    CHECK(problem("{\"traceEvents\":[").starts_with("file:1:"));
    CHECK(problem("{}").starts_with("file: expected a timeline"));
    CHECK(problem("7").starts_with("file: expected a timeline"));
    CHECK(problem(R"({"traceEvents":{}})").starts_with("file: expected a timeline"));
    CHECK(problem(R"({"traceEvents":[{"ph":"B"},{}]})")
          == "file: none of its 2 events is a complete "
             "one (\"ph\": \"X\"), the only sort that "
             "davit knows");
    CHECK(event(R"("pid":1,"ts":1,"dur":1)") == "file: /traceEvents/0/name: expected a text");
    CHECK(event(R"("name":"a","pid":"1","ts":1,"dur":1)")
          == "file: /traceEvents/0/pid: expected a process id");
    for (auto const* ts : {"-1", "1e300", "\"1\"", "null", "18446744073709551615"}) {
        auto const text = std::string(R"("name":"a","pid":1,"dur":1,"ts":)") + ts;
        CHECK(event(text.c_str()) == "file: /traceEvents/0/ts: expected microseconds");
    }
    CHECK(event(R"("name":"a","pid":1,"ts":1)")
          == "file: /traceEvents/0/dur: expected microseconds");
}
