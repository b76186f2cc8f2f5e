// SPDX-License-Identifier: Apache-2.0
// unit/trace_test.cc - ops/trace.cc: the timeline is JSON, with any names of spans.
#include "catch.h"

#include <limits>

#include "davit/trace.h"
#include "json/fields.h"
#include "json/json.h"
#include "ops/phase.h"

namespace {

struct Event {
    std::string name, ph;
    std::int32_t pid = 0, tid = 0;
    double ts = 0, dur = 0;
};
struct Document {
    std::vector<Event> events;
};

} // namespace

namespace davit::json {

template <>
inline constexpr auto fields<Event> = list({
    field<&Event::name>("name", "", Need::required),
    field<&Event::ph>("ph", "", Need::required),
    field<&Event::pid>("pid", "", Need::required),
    field<&Event::tid>("tid", "", Need::required),
    field<&Event::ts>("ts", "microseconds", Need::required),
    field<&Event::dur>("dur", "microseconds", Need::required),
});
template <>
inline constexpr auto fields<Document> = list({
    field<&Document::events>("traceEvents", "", Need::required),
});

} // namespace davit::json

namespace {

using namespace davit;

std::vector<Event> parsed(Trace const& trace) {
    auto const document = json::read<Document>(trace.to_json(), "trace");
    INFO(trace.to_json());
    REQUIRE(document);
    return document->events;
}

TEST_CASE("trace: an empty one is a document as well") { CHECK(parsed({}).empty()); }

TEST_CASE("trace: spans are sorted by their begin, in microseconds") {
    Trace trace;
    trace.add({"second", 7, 2'000'001, 2'500'100});
    trace.add({"a \"quoted\"\n\x01 name", 7, 1'000'010, 1'000'010});
    auto const events = parsed(trace);
    REQUIRE(events.size() == 2);
    CHECK(events[0].name == "a \"quoted\"\n\x01 name");
    CHECK(events[0].ts == Approx(1000.010));
    CHECK(events[0].dur == 0);
    CHECK(events[1].name == "second");
    CHECK(events[1].ph == "X");
    CHECK(events[1].pid == 7);
    CHECK(events[1].tid == 7);
    CHECK(events[1].ts == Approx(2000.001));
    CHECK(events[1].dur == Approx(500.099));
}

TEST_CASE("trace: times that make no sense end in JSON, too") {
    Trace trace;
    trace.add({"backwards", 1, 5'000'500, 5'000'000});
    trace.add({"before the epoch", 1, -1'500, -1});
    trace.add({"for ever", 1, 0, std::numeric_limits<std::int64_t>::max()});
    CHECK(parsed(trace).size() == 3);
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
