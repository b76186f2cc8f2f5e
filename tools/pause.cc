// SPDX-License-Identifier: Apache-2.0
// tools/pause.cc - `davit pause`.
#include "base/try.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run_pause(Call const& call) {
    auto container = TRY(find_container(call));
    TRY(container.pause());
    return 0;
}

} // namespace

extern Verb const pause_verb;
constinit Verb const pause_verb = {
    .name = "pause",
    .synopsis = "ID",
    .help = "stop all processes of a container where they are",
    .details =
        "\"davit resume\" lets them go on. Signals wait until then, but for KILL, which ends\n"
        "the container. If one of the processes can't be stopped within 10 s, all of them\n"
        "run again, and the error names it.\n",
    .options = {},
    .shared_options = {},
    .run = run_pause,
    .examples = "davit pause demo\n",
    .see_also = "resume ps",
};

} // namespace davit::cli
