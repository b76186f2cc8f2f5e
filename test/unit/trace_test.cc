// SPDX-License-Identifier: Apache-2.0
// unit/trace_test.cc - ops/trace.cc: the timeline is JSON whatever its spans are called.
#include <catch2/catch.hpp>

#include <rapidjson/document.h>

#include <limits>

#include "davit/trace.h"
#include "ops/phase.h"

namespace {

using namespace davit;

rapidjson::Document parsed(Trace const& trace) {
    rapidjson::Document document;
    document.Parse(trace.to_json().c_str());
    return document;
}

TEST_CASE("trace: an empty one is a document as well") {
    auto const document = parsed({});
    REQUIRE_FALSE(document.HasParseError());
    CHECK(document["traceEvents"].Size() == 0);
}

TEST_CASE("trace: spans are sorted by their begin, in microseconds") {
    Trace trace;
    trace.add({"second", 7, 2'000'001, 2'500'100});
    trace.add({"a \"quoted\"\n\x01 name", 7, 1'000'010, 1'000'010});
    auto const document = parsed(trace);
    REQUIRE_FALSE(document.HasParseError());
    auto const& events = document["traceEvents"];
    REQUIRE(events.Size() == 2);
    CHECK(std::string(events[0]["name"].GetString()) == "a \"quoted\"\n\x01 name");
    CHECK(events[0]["ts"].GetDouble() == Approx(1000.010));
    CHECK(events[0]["dur"].GetDouble() == Approx(0));
    CHECK(std::string(events[1]["name"].GetString()) == "second");
    CHECK(std::string(events[1]["ph"].GetString()) == "X");
    CHECK(events[1]["pid"].GetInt() == 7);
    CHECK(events[1]["ts"].GetDouble() == Approx(2000.001));
    CHECK(events[1]["dur"].GetDouble() == Approx(500.099));
}

TEST_CASE("trace: times that make no sense end in JSON, too") {
    Trace trace;
    trace.add({"backwards", 1, 5'000'500, 5'000'000});
    trace.add({"before the epoch", 1, -1'500, -1});
    trace.add({"for ever", 1, 0, std::numeric_limits<std::int64_t>::max()});
    auto const document = parsed(trace);
    REQUIRE_FALSE(document.HasParseError());
    CHECK(document["traceEvents"].Size() == 3);
}

TEST_CASE("trace: a phase lasts as long as its scope, or until it is ended") {
    Trace trace;
    {
        ops::Phase outer(&trace, "outer");
        ops::Phase inner(&trace, "inner");
        inner.end();
        inner.end();
        ops::Phase nothing(nullptr, "nothing");
    }
    REQUIRE(trace.spans().size() == 2);
    CHECK(trace.spans()[0].name == "inner");
    CHECK(trace.spans()[1].name == "outer");
    CHECK(trace.spans()[1].begin_ns <= trace.spans()[0].begin_ns);
    CHECK(trace.spans()[1].end_ns >= trace.spans()[0].end_ns);
}

} // namespace
