// SPDX-License-Identifier: Apache-2.0
// tools/resume.cc - `davit resume`.
#include "base/try.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run_resume(Call const& call) {
    auto container = TRY(find_container(call));
    TRY(container.resume());
    return 0;
}

} // namespace

extern Verb const resume_verb;
constinit Verb const resume_verb = {
    .name = "resume",
    .synopsis = "ID",
    .help = "let a paused container go on",
    .details = "",
    .options = {},
    .shared_options = {},
    .run = run_resume,
    .examples = "davit resume demo\n",
    .see_also = "pause",
};

} // namespace davit::cli
