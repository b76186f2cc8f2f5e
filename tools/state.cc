// SPDX-License-Identifier: Apache-2.0
// tools/state.cc - `davit state`.
#include "davit/config.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run(Call const& call) {
    auto runtime = open_runtime(call.globals);
    if (!runtime) return std::unexpected(runtime.error());
    auto container = runtime->find(call.words[0]);
    if (!container) return std::unexpected(container.error());
    auto state = container->state();
    if (!state) return std::unexpected(state.error());
    if (auto printed = print(write_state(*state, true) + "\n"); !printed)
        return std::unexpected(printed.error());
    return 0;
}

} // namespace

extern Verb const state_verb;
constinit Verb const state_verb = {
    .name = "state",
    .synopsis = "ID",
    .help = "print what a container is doing, as JSON",
    .details = "",
    .options = {},
    .shared_options = {},
    .run = run,
};

} // namespace davit::cli
