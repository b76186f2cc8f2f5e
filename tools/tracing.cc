// SPDX-License-Identifier: Apache-2.0
// tools/tracing.cc - --trace: a timeline of what a verb did, even if it failed.
#include "tracing.h"

#include "output.h"

namespace davit::cli {

Tracing::~Tracing() {
    for (auto const& span : trace_.spans())
        log_.write(Level::debug, span.name + ": "
                                     + std::to_string((span.end_ns - span.begin_ns) / 1000)
                                     + " us in process " + std::to_string(span.pid));
    if (path_.empty()) return;
    // A missing timeline is only a warning: the user asked for the container.
    if (auto written = write_file(path_, trace_.to_json(), Existing::overwritten); !written)
        log_.write(Level::warning, "no trace: " + written.error().story);
}

} // namespace davit::cli
