// SPDX-License-Identifier: Apache-2.0
// tools/start.cc - `davit start`.
#include "tracing.h"
#include "verb.h"

namespace davit::cli {

namespace {

std::string trace_file;

constexpr Option options[] = {{"trace", 0, "FILE", trace_help, &trace_file}};

Result<int> run(Call const& call) {
    Tracing tracing(trace_file, call.log);
    auto runtime = open_runtime(call.globals);
    if (!runtime) return std::unexpected(runtime.error());
    auto container = runtime->find(call.words[0]);
    if (!container) return std::unexpected(container.error());
    if (auto started = container->start(tracing.trace()); !started)
        return std::unexpected(started.error());
    return 0;
}

} // namespace

extern Verb const start_verb;
constinit Verb const start_verb = {
    .name = "start",
    .synopsis = "ID",
    .help = "let a created container run its program",
    .details =
        "start returns when the program has been executed, or couldn't be: then the container\n"
        "has stopped. A failing startContainer or poststart hook deletes the container.\n",
    .options = options,
    .shared_options = {},
    .run = run,
    .examples = "davit create demo && davit start demo\n",
    .see_also = "create state run",
};

} // namespace davit::cli
