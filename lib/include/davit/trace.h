// SPDX-License-Identifier: Apache-2.0
// davit/trace.h - where the time of a create went, as a timeline.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit {

/// Spans of work; each function that gets it adds its own. Not thread-safe; costs nothing when
/// absent.
class Trace {
  public:
    struct Span {
        std::string name;
        int pid = 0;               ///< the process that did the work, as the caller sees it
        std::int64_t begin_ns = 0; ///< CLOCK_MONOTONIC
        std::int64_t end_ns = 0;
    };

    void add(Span span) { spans_.push_back(std::move(span)); }
    [[nodiscard]] std::vector<Span> const& spans() const { return spans_; }

    /// The spans in Chrome's trace event format (chrome://tracing, ui.perfetto.dev).
    [[nodiscard]] std::string to_json() const;

    /// Reads such a document, also another program's: takes the events that are complete ("ph":
    /// "X"). Kind::config, with `file` in the story, if it is no such document.
    static Result<Trace> from_json(std::string_view text, std::string_view file);

  private:
    std::vector<Span> spans_;
};

} // namespace davit
