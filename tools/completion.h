// SPDX-License-Identifier: Apache-2.0
// tools/completion.h - what may come next on a command line: for the shells' completion.
#pragma once

#include <string>
#include <vector>

#include "options.h"

namespace davit::cli {

/// Paths, which a shell knows better.
enum class Places { none, files, directories };

struct Completion {
    struct Candidate {
        std::string word;
        std::string_view help;
    };
    std::vector<Candidate> candidates;
    Places places = Places::none;
};

/// Of "davit WORD…": the last word is the one that is being typed, and may be empty. Container ids
/// are those below the --root that the line names.
[[nodiscard]] Completion complete(Words const& line);

} // namespace davit::cli
