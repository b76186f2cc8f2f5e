// SPDX-License-Identifier: Apache-2.0
// tools/start.cc - `davit start`.
#include "base/try.h"
#include "notify.h"
#include "tracing.h"
#include "verb.h"

namespace davit::cli {

namespace {

std::string trace_file;

constexpr Option start_options[] = {{"trace", 0, "FILE", trace_help, &trace_file}};

Result<Container> find_and_start(Call const& call, NotifyRelay& relay) {
    Tracing tracing(trace_file, call.log); // ends here: the file doesn't wait for READY=1
    auto container = find_container(call);
    if (!container) return container;
    relay = NotifyRelay::open(*container, call.log);
    TRY(container->start(tracing.trace()));
    return container;
}

Result<int> run_start(Call const& call) {
    NotifyRelay relay;
    auto const container = TRY(find_and_start(call, relay));
    if (relay.fd() < 0) return 0;
    auto const state = container.state();
    auto const process = container.process();
    if (!state || !process) return 0; // ended and deleted meanwhile
    relay.accompany(*process, state->pid);
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
    .options = start_options,
    .shared_options = {},
    .run = run_start,
    .environment =
        "NOTIFY_SOCKET: if create had it, too, start waits until a process of the container\n"
        "has sent READY=1 to its own NOTIFY_SOCKET, or the first one has ended. Then it passes\n"
        "READY=1 on, with MAINPID, and waits until that was received.\n",
    .examples = "davit create demo && davit start demo\n",
    .see_also = "create state run",
};

} // namespace davit::cli
