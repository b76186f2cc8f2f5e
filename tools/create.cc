// SPDX-License-Identifier: Apache-2.0
// tools/create.cc - `davit create`.
#include "creation.h"
#include "tracing.h"

namespace davit::cli {

namespace {

Result<> create(Call const& call) {
    Tracing tracing(creation.trace, call.log);
    auto runtime = open_runtime(call.globals);
    if (!runtime) return std::unexpected(runtime.error());
    auto created = create_container(call, *runtime, Attachment::detached, tracing.trace());
    if (!created) return std::unexpected(created.error());
    return {};
}

Result<int> run(Call const& call) {
    auto done = create(call);
    if (done) return 0;
    done.error().story.insert(0, "davit create failed: ");
    return std::unexpected(done.error());
}

} // namespace

extern Verb const create_verb;
constinit Verb const create_verb = {
    .name = "create",
    .synopsis = "ID",
    .help = "make a container that waits for \"davit start\"",
    .details =
        "ID names the new container: letters, digits and the characters _ + - and .\n\n"
        "If LISTEN_FDS is in the environment (and LISTEN_PID is absent, or names davit), the\n"
        "sockets from file descriptor 3 on go to the container's process, which finds\n"
        "LISTEN_FDS and LISTEN_PID=1 in its own; those of --preserve-fds come behind them.\n",
    .options = {},
    .shared_options = creation_options,
    .run = run,
};

} // namespace davit::cli
