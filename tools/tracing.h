// SPDX-License-Identifier: Apache-2.0
// tools/tracing.h - --trace: a timeline of what a verb did, even if it failed.
#pragma once

#include <string>

#include "davit/trace.h"
#include "log.h"

namespace davit::cli {

/// The help of the option, which several verbs have.
inline constexpr char trace_help[] = "write a timeline for ui.perfetto.dev to FILE";

/// Writes the file when it goes out of scope. With --debug, also writes the spans to the log.
class Tracing {
  public:
    /// An empty path: no file.
    Tracing(std::string const& path, Log const& log) : path_(path), log_(log) {}
    Tracing(Tracing const&) = delete;
    Tracing& operator=(Tracing const&) = delete;
    ~Tracing();

    /// For the library; null if no timeline is wanted.
    [[nodiscard]] Trace* trace() { return path_.empty() && !log_.debug() ? nullptr : &trace_; }

  private:
    std::string const& path_;
    Log const& log_;
    Trace trace_;
};

} // namespace davit::cli
