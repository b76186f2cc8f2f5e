// SPDX-License-Identifier: Apache-2.0
// tools/state.cc - `davit state`.
#include "base/try.h"
#include "davit/config.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run_state(Call const& call) {
    auto container = TRY(find_container(call));
    auto state = TRY(container.state());
    TRY(print(write_state(state, true) + "\n"));
    return 0;
}

} // namespace

extern Verb const state_verb;
constinit Verb const state_verb = {
    .name = "state",
    .synopsis = "ID",
    .help = "print what a container is doing, as JSON",
    .details =
        "The document is the \"State\" of the OCI runtime specification, and the members that\n"
        "runc adds: rootfs, created, owner. The status is creating, created, running, paused\n"
        "or stopped; the kernel is asked for it. pid is 0 when the container has stopped.\n",
    .options = {},
    .shared_options = {},
    .run = run_state,
    .exit_status = "0, or 1 with a message: \"container does not exist\" if there is none.\n",
    .examples = "davit state demo\n",
    .see_also = "list start",
};

} // namespace davit::cli
