// SPDX-License-Identifier: Apache-2.0
// ops/trace_read.cc - a timeline from a file, davit's or another program's. Runs in: parent.
//
// The "Trace Event Format" of Chrome: an object with `traceEvents`, or that array alone. It reads
// only complete events ("ph": "X"); davit writes no others.
#include <cmath>
#include <optional>

#include "base/result.h"
#include "davit/trace.h"
#include "json/tape.h"

namespace davit {

namespace {

using json::Token;
using json::Value;

/// The member `name` of an object; the last one if there are several; null if there is none.
Value const* member(Value const& object, std::string_view name) {
    Value const* found = nullptr;
    Value const* at = &object + 1;
    for (std::uint32_t i = 0; i < object.size; ++i) {
        Value const* const value = at->successor();
        if (at->view() == name) found = value;
        at = value->successor();
    }
    return found;
}

std::optional<double> number(Value const* value) {
    if (!value) return {};
    if (value->token == Token::natural) return static_cast<double>(value->natural);
    if (value->token == Token::integer) return static_cast<double>(value->integer);
    if (value->token == Token::number) return value->number;
    return {};
}

/// Microseconds, perhaps with a fraction. Refuses numbers that a double can't hold exactly.
std::optional<std::int64_t> nanoseconds(Value const* value) {
    auto const us = number(value);
    if (!us || !(*us >= 0) || *us > 9e12) return {};
    return std::llround(*us * 1000);
}

std::unexpected<Error> wrong(std::string_view file, std::uint32_t i, char const* name,
                             char const* expected) {
    return fail(Kind::config, file, ": /traceEvents/", i, "/", name, ": expected ", expected);
}

Result<Trace::Span> span_of(Value const& event, std::string_view file, std::uint32_t i) {
    auto const* const name = member(event, "name");
    if (!name || name->token != Token::text) return wrong(file, i, "name", "a text");
    auto const pid = number(member(event, "pid"));
    if (!pid || !(*pid >= 0 && *pid <= 2147483647)) return wrong(file, i, "pid", "a process id");
    auto const begin = nanoseconds(member(event, "ts"));
    if (!begin) return wrong(file, i, "ts", "microseconds");
    auto const length = nanoseconds(member(event, "dur"));
    if (!length) return wrong(file, i, "dur", "microseconds");
    return Trace::Span{std::string(name->view()), static_cast<int>(*pid), *begin, *begin + *length};
}

} // namespace

Result<Trace> Trace::from_json(std::string_view text, std::string_view file) {
    auto const tape = TRY(json::Tape::parse(text, file));
    auto const& root = tape.root();
    auto const* const events = root.token == Token::object ? member(root, "traceEvents") : &root;
    if (!events || events->token != Token::list)
        return fail(Kind::config, file, ": expected a timeline (Chrome's trace event format, as ",
                    "--trace writes it): an object with an array \"traceEvents\"");
    Trace trace;
    Value const* at = events + 1;
    for (std::uint32_t i = 0; i < events->size; ++i, at = at->successor()) {
        if (at->token != Token::object) continue;
        auto const* const sort = member(*at, "ph");
        if (!sort || sort->token != Token::text || sort->view() != "X") continue;
        trace.add(TRY(span_of(*at, file, i)));
    }
    if (trace.spans().empty() && events->size > 0)
        return fail(Kind::config, file, ": none of its ", events->size,
                    " events is a complete one (\"ph\": \"X\"), the only sort that davit knows");
    return trace;
}

} // namespace davit
