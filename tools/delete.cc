// SPDX-License-Identifier: Apache-2.0
// tools/delete.cc - `davit delete`.
#include "verb.h"

namespace davit::cli {

namespace {

bool force;

constexpr Option options[] = {
    {"force", 'f', "", "kill it first if it runs; one that doesn't exist is no error", &force},
};

Result<int> run(Call const& call) {
    auto runtime = open_runtime(call.globals);
    if (!runtime) return std::unexpected(runtime.error());
    auto container = runtime->find(call.words[0]);
    auto const removed = container ? container->remove(force ? Removal::force : Removal::stopped)
                                   : Result<>(std::unexpected(container.error()));
    // Also one that somebody else deletes at the same time.
    if (removed || (force && removed.error().kind == Kind::not_found)) return 0;
    return std::unexpected(removed.error());
}

} // namespace

extern Verb const delete_verb;
constinit Verb const delete_verb = {
    .name = "delete",
    .synopsis = "ID",
    .help = "remove a container that has stopped",
    .details = "One that was created and never started may be removed as well.\n",
    .options = options,
    .shared_options = {},
    .run = run,
};

} // namespace davit::cli
