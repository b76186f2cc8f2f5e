// SPDX-License-Identifier: Apache-2.0
// ops/trace.cc - the timeline as text. Runs in: parent.
#include "davit/trace.h"

#include <algorithm>

#include "base/text.h"
#include "json/write.h"

namespace davit {

std::string Trace::to_json() const {
    auto spans = spans_;
    // Of spans with the same begin, the outer one comes first.
    std::ranges::sort(spans, [](Span const& a, Span const& b) {
        return a.begin_ns != b.begin_ns ? a.begin_ns < b.begin_ns : a.end_ns > b.end_ns;
    });
    std::string out = "{\"traceEvents\":[";
    bool first = true;
    // Microseconds with three digits behind the point.
    auto const append_time = [&](std::int64_t ns) {
        ns = std::max<std::int64_t>(ns, 0);
        auto const rest = text(ns % 1000);
        out += text(ns / 1000, ".", std::string_view("000").substr(rest.size()), rest);
    };
    for (auto const& span : spans) {
        out += first ? "\n" : ",\n";
        first = false;
        out += "{\"name\":";
        json::append_string(out, span.name);
        out += text(",\"ph\":\"X\",\"pid\":", span.pid, ",\"tid\":", span.pid, ",\"ts\":");
        append_time(span.begin_ns);
        out += ",\"dur\":";
        append_time(span.end_ns - span.begin_ns);
        out += '}';
    }
    return out += "\n]}\n";
}

} // namespace davit
