// SPDX-License-Identifier: Apache-2.0
// tools/explain.cc - `davit explain`.
#include "base/result.h"
#include "creation.h"
#include "davit/trace.h"
#include "listen.h"
#include "notify.h"
#include "output.h"
#include "safe/whole_file.h"
#include "timeline.h"
#include "verb.h"

namespace davit::cli {

namespace {

// Paths in the plan hold the id. This id is valid, and looks like a placeholder.
constexpr std::string_view placeholder = "ID";

// The width of terminals and mails.
constexpr std::size_t screen_width = 80;

std::string bundle;
std::string timeline;

constexpr Option explain_options[] = {
    {"bundle", 'b', "DIR", "the same as BUNDLE, as for create and run", &bundle},
    {"timeline", 0, "FILE", "draw a timeline that --trace has written, instead", &timeline},
};

Result<int> show_timeline(Call const& call) {
    if (!bundle.empty() || !call.words.empty())
        return fail(Kind::config, "--timeline draws a file: it takes no bundle");
    auto const text = TRY(safe::read_file(timeline));
    auto const trace = TRY(Trace::from_json(text, timeline));
    TRY(print(draw(trace, screen_width)));
    return 0;
}

Result<int> run_explain(Call const& call) {
    if (!timeline.empty()) return show_timeline(call);
    auto runtime = TRY(open_runtime(call.globals));
    CreateOptions options;
    options.cgroup_driver = cgroup_driver(call.globals);
    if (!bundle.empty()) options.bundle = bundle;
    if (!call.words.empty()) options.bundle = call.words[0];
    auto listening = TRY(listen_fds());
    options.preserve_fds = listening.count;
    options.environment = std::move(listening.environment);
    options.notify = notification_wanted();
    auto plan = TRY(runtime.explain(placeholder, options));
    if (!plan.ends_with('\n')) plan += '\n';
    TRY(print(plan));
    return 0;
}

} // namespace

extern Verb const explain_verb;
constinit Verb const explain_verb = {
    .name = "explain",
    .synopsis = "[BUNDLE]",
    .help = "print what \"davit create\" would do with a bundle",
    .details =
        "BUNDLE is the directory of config.json, by default the current one. Nothing is\n"
        "changed, and no privilege is needed.\n\n"
        "A timeline is what create, start or run wrote with --trace: each line is a span of\n"
        "work, its bar to scale.\n",
    .options = explain_options,
    .shared_options = {},
    .run = run_explain,
    .exit_status = "0, or 1 with the message that \"davit create\" would give.\n",
    .examples = "davit explain /var/lib/demo\n"
                "\n"
                "# where the time of a start went\n"
                "davit run --detach --bundle /var/lib/demo --trace trace.json demo\n"
                "davit explain --timeline trace.json\n",
    .see_also = "create features spec",
};

} // namespace davit::cli
