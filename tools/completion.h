// SPDX-License-Identifier: Apache-2.0
// tools/completion.h - what may come next on a command line: for the shells' completion.
#pragma once

#include <string>
#include <vector>

#include "options.h"

namespace davit::cli {

/// Paths: the shell completes these better.
enum class Places { none, files, directories };

struct Completion {
    struct Candidate {
        std::string word;
        std::string_view help;
    };
    std::vector<Candidate> candidates;
    Places places = Places::none;
};

/// Completes "davit WORD…": the last word is the one being typed, and may be empty. Container ids
/// come from the --root that the line names.
[[nodiscard]] Completion complete(Words const& line);

} // namespace davit::cli
