// SPDX-License-Identifier: Apache-2.0
// tools/delete.cc - `davit delete`.
#include "base/try.h"
#include "verb.h"

namespace davit::cli {

namespace {

bool force;

constexpr Option delete_options[] = {
    {"force", 'f', "", "kill it first if it runs; one that doesn't exist is no error", &force},
};

Result<std::vector<std::string>> remove(Runtime const& runtime, std::string_view id) {
    auto container = TRY(runtime.find(id));
    return container.remove(force ? Removal::force : Removal::stopped);
}

Result<int> run_delete(Call const& call) {
    auto runtime = TRY(open_runtime(call.globals));
    auto removed = remove(runtime, call.words[0]);
    // Also if another process deletes it at the same time.
    if (!removed && force && removed.error().kind == Kind::not_found) return 0;
    if (!removed) return std::unexpected(removed.error());
    for (auto const& warning : *removed) call.log.write(Level::warning, warning);
    return 0;
}

} // namespace

extern Verb const delete_verb;
constinit Verb const delete_verb = {
    .name = "delete",
    .synopsis = "ID",
    .help = "remove a container that has stopped",
    .details =
        "One that was created and never started may be removed as well. What a davit that was\n"
        "killed left behind is removed by --force. The poststop hooks run; one that fails is\n"
        "a warning.\n",
    .options = delete_options,
    .shared_options = {},
    .run = run_delete,
    .examples = "davit delete demo\n"
                "\n"
                "# all containers\n"
                "davit list -q | xargs -n1 davit delete --force\n",
    .see_also = "kill list create",
};

} // namespace davit::cli
