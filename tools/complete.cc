// SPDX-License-Identifier: Apache-2.0
// tools/complete.cc - `davit complete`, which the shells' completion calls: tools/completion/.
#include "base/try.h"
#include "completion.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run_complete(Call const& call) {
    auto const completion = complete(call.words);
    std::string text;
    for (auto const& [word, help] : completion.candidates)
        text += word + (help.empty() ? "" : "\t" + std::string(help)) + "\n";
    if (completion.places == Places::files) text += ":files\n"; // no id or option begins with it
    if (completion.places == Places::directories) text += ":directories\n";
    TRY(print(text));
    return 0;
}

} // namespace

extern Verb const complete_verb;
constinit Verb const complete_verb = {
    .name = "complete",
    .synopsis = "[WORD...]",
    .help = "print what may come next on a command line, for shells",
    .details = "",
    .options = {},
    .shared_options = {},
    .run = run_complete,
    .where = Options::before_first_word,
    .hidden = true,
};

} // namespace davit::cli
