// SPDX-License-Identifier: Apache-2.0
// tools/explain.cc - `davit explain`.
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

// Paths in the plan hold the id. This one is valid, and looks like the placeholder that it is.
constexpr std::string_view placeholder = "ID";

std::string bundle;

constexpr Option bundle_option[] = {
    {"bundle", 'b', "DIR", "the same as BUNDLE, as for create and run", &bundle},
};

Result<int> run(Call const& call) {
    auto runtime = open_runtime(call.globals);
    if (!runtime) return std::unexpected(runtime.error());
    CreateOptions options;
    if (!bundle.empty()) options.bundle = bundle;
    if (!call.words.empty()) options.bundle = call.words[0];
    auto plan = runtime->explain(placeholder, options);
    if (!plan) return std::unexpected(plan.error());
    if (!plan->ends_with('\n')) *plan += '\n';
    if (auto printed = print(*plan); !printed) return std::unexpected(printed.error());
    return 0;
}

} // namespace

extern Verb const explain_verb;
constinit Verb const explain_verb = {
    .name = "explain",
    .synopsis = "[BUNDLE]",
    .help = "print what \"davit create\" would do with a bundle",
    .details = "BUNDLE is the directory of config.json, by default the current one. Nothing is\n"
               "changed, and no privilege is needed.\n",
    .options = bundle_option,
    .shared_options = {},
    .run = run,
    .exit_status = "0, or 1 with the message that \"davit create\" would give.\n",
    .examples = "davit explain /var/lib/demo\n",
    .see_also = "create features spec",
};

} // namespace davit::cli
