// SPDX-License-Identifier: Apache-2.0
// tools/create.cc - `davit create`.
#include "base/try.h"
#include "creation.h"
#include "tracing.h"

namespace davit::cli {

namespace {

Result<> create(Call const& call) {
    Tracing tracing(creation.trace, call.log);
    auto runtime = TRY(open_runtime(call.globals));
    TRY(create_container(call, runtime, nullptr, tracing.trace()));
    return {};
}

Result<int> run_create(Call const& call) {
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
        "ID names the new container: letters, digits and the characters _ + - and .\n"
        "Its process exists when create returns, with all that config.json asks for, but\n"
        "runs davit's own code until \"davit start\". Standard input, output and error of davit\n"
        "are the container's, unless it has a terminal.\n"
        "\n"
        "If anything can't be done, nothing is left behind. If davit is killed half-way,\n"
        "\"davit delete --force\" clears up.\n",
    .options = {},
    .shared_options = creation_options,
    .run = run_create,
    .files =
        "config.json in the bundle: what the container is to be. It may change after create.\n",
    .environment = creation_environment,
    .examples = "davit create --bundle /var/lib/demo --pid-file demo.pid demo\n"
                "\n"
                "# keep fds 3 and 4 open in the container\n"
                "davit create --preserve-fds 2 demo 3<input 4>output\n",
    .see_also = "start delete explain spec",
};

} // namespace davit::cli
