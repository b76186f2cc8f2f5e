// SPDX-License-Identifier: Apache-2.0
// tools/checks.h - how `davit doctor` judges the facts: a table.
#pragma once

#include <span>
#include <string>

#include "host_facts.h"

namespace davit::cli {

enum class Verdict {
    ok,
    note, ///< containers run, but some feature is missing
    bad,  ///< containers can't run
};

struct Finding {
    Verdict verdict = Verdict::ok;
    std::string found; ///< a few words
};

struct Check {
    char const* name;
    Finding (*look)(HostFacts const& facts);
    char const* cost;   ///< what doesn't work if it isn't ok
    char const* remedy; ///< the command that mends it, or where to look; "" if nothing does
};

[[nodiscard]] std::span<Check const> checks();

} // namespace davit::cli
