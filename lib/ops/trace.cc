// SPDX-License-Identifier: Apache-2.0
// ops/trace.cc - the timeline as text. Runs in: parent.
#include "davit/trace.h"

#include <algorithm>

#include "json/fields.h"
#include "json/json.h"

namespace davit {

namespace {

struct TraceEvent {
    std::string name;
    std::string ph = "X"; ///< a complete one: with begin and duration
    std::int32_t pid = 0;
    std::int32_t tid = 0;
    double ts = 0;
    double dur = 0;
};
struct TraceDocument {
    std::vector<TraceEvent> events;
};

double microseconds(std::int64_t ns) {
    return static_cast<double>(std::max<std::int64_t>(ns, 0)) / 1000;
}

} // namespace

namespace json {

template <>
inline constexpr auto fields<TraceEvent> = list({
    field<&TraceEvent::name>("name", "of the span", Need::always),
    field<&TraceEvent::ph>("ph", "the sort of event", Need::always),
    field<&TraceEvent::pid>("pid", "the process that did the work", Need::always),
    field<&TraceEvent::tid>("tid", "the same", Need::always),
    field<&TraceEvent::ts>("ts", "the begin, in microseconds", Need::always),
    field<&TraceEvent::dur>("dur", "microseconds", Need::always),
});
template <>
inline constexpr auto fields<TraceDocument> = list({
    field<&TraceDocument::events>("traceEvents", "all spans", Need::always),
});

} // namespace json

std::string Trace::to_json() const {
    auto spans = spans_;
    // Of spans with the same begin, the outer one comes first.
    std::ranges::sort(spans, [](Span const& a, Span const& b) {
        return a.begin_ns != b.begin_ns ? a.begin_ns < b.begin_ns : a.end_ns > b.end_ns;
    });
    TraceDocument document;
    for (auto& span : spans)
        document.events.push_back({.name = std::move(span.name),
                                   .pid = span.pid,
                                   .tid = span.pid,
                                   .ts = microseconds(span.begin_ns),
                                   .dur = microseconds(span.end_ns - span.begin_ns)});
    return json::write(document) + '\n';
}

} // namespace davit
