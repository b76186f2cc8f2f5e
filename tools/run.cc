// SPDX-License-Identifier: Apache-2.0
// tools/run.cc - `davit run`: create, start, and unless detached wait and remove.
#include <sys/prctl.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <utility>

#include "base/result.h"
#include "child_end.h"
#include "creation.h"
#include "foreground.h"
#include "notify.h"
#include "terminal.h"
#include "tracing.h"

namespace davit::cli {

namespace {

bool detach;
bool keep;
bool no_subreaper;

constexpr Option run_options[] = {
    {"detach", 'd', "", "return as soon as the container runs, and leave it alone", &detach},
    {"keep", 0, "", "don't remove the container when its process exits", &keep},
    {"no-subreaper", 0, "", "don't adopt the orphans of the container's processes", &no_subreaper},
};

Result<> start(Container& container, Log const& log, std::optional<Tracing>& tracing,
               std::function<void()> const& before_poststart) {
    auto started = container.start(tracing->trace(), {}, before_poststart);
    tracing.reset(); // the file doesn't wait for the process's exit
    if (!started) take_back(container, log);
    return started;
}

Result<int> run_container(Call const& call) {
    std::optional<SignalQueue> signals;
    // Until then signals end davit: config.json may be a FIFO without a writer.
    auto const take_signals = [&]() -> Result<> {
        signals = TRY(SignalQueue::open());
        return {};
    };
    Once config_read;
    if (!detach) {
        config_read = take_signals;
        if (!no_subreaper && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
            return fail_errno(Errno{errno}, "become a subreaper");
    }
    auto runtime = TRY(open_runtime(call.globals));
    StdioPipes pipes;
    std::optional<Tracing> tracing(std::in_place, creation.trace, call.log);
    auto created =
        create_container(call, runtime, detach ? nullptr : &pipes, tracing->trace(), config_read);
    if (!created) return std::unexpected(created.error());
    auto& container = created->container;
    if (!detach && created->console) prepare_console(created->console);
    auto relay = NotifyRelay::open(container, call.log);
    if (detach) {
        if (auto started = start(container, call.log, tracing, {}); !started)
            return std::unexpected(started.error());
        if (relay.fd() >= 0) relay.accompany(created->process, created->pid);
        return 0;
    }

    auto status = accompany(
        {created->pid, created->process, created->console, pipes}, *signals, relay,
        [&](auto const& relay_now) { return start(container, call.log, tracing, relay_now); });
    // Force: processes that outlived the first one are killed with it. --keep also holds if only
    // our stdout took no more; but a container that still runs would have no davit to look after
    // it.
    if (!keep || !has_ended(created->process)) take_back(container, call.log);
    return status;
}

Result<int> run_run(Call const& call) {
    auto status = run_container(call);
    if (!status) status.error().story.insert(0, "davit run failed: ");
    return status;
}

} // namespace

extern Verb const run_verb;
constinit Verb const run_verb = {
    .name = "run",
    .synopsis = "ID",
    .help = "create and start a container, wait for its end and remove it",
    .details =
        "Signals that davit receives are passed on to the container's process. If config.json\n"
        "asks for a terminal it is davit's own, whose size it follows. Without one the process "
        "has\n"
        "pipes, between which and its own stdio davit passes what is read and written, until the\n"
        "process has ended. With --detach the process has the stdio of davit itself.\n",
    .options = run_options,
    .shared_options = creation_options,
    .run = run_run,
    .exit_status =
        "That of the container's process, or 128 plus the number of the signal that killed it;\n"
        "1 if there was nothing to wait for, with a message. With --detach: 0 or 1.\n",
    .environment = creation_environment,
    .examples = "davit run --bundle /var/lib/demo demo\n"
                "\n"
                "# where did the time go? chrome://tracing and ui.perfetto.dev draw it\n"
                "davit run --trace trace.json demo\n",
    .see_also = "create start kill spec",
};

} // namespace davit::cli
