// SPDX-License-Identifier: Apache-2.0
// ops/phase.h - a span of the trace that lasts as long as its scope. Runs in: parent.
#pragma once

#include "davit/trace.h"
#include "sys/process.h"

namespace davit::ops {

class [[nodiscard]] Phase {
  public:
    /// Without a trace it does nothing.
    Phase(Trace* trace, char const* name)
        : trace_(trace), name_(name), begin_(trace ? sys::monotonic_ns() : 0) {}
    Phase(Phase const&) = delete;
    Phase& operator=(Phase const&) = delete;
    ~Phase() { end(); }

    /// Ends the span before the scope ends.
    void end() {
        if (trace_) trace_->add({name_, sys::getpid(), begin_, sys::monotonic_ns()});
        trace_ = nullptr;
    }

  private:
    Trace* trace_;
    char const* name_;
    std::int64_t begin_;
};

} // namespace davit::ops
