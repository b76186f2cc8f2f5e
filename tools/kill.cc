// SPDX-License-Identifier: Apache-2.0
// tools/kill.cc - `davit kill`.
#include "base/result.h"
#include "davit/contract.h"
#include "signal_names.h"
#include "verb.h"

namespace davit::cli {

namespace {

bool all;

constexpr Option kill_options[] = {
    {"all", 'a', "", "send it to every process of the container, not to the first one only", &all,
     true},
};

Result<int> run_kill(Call const& call) {
    auto const text = call.words.size() > 1 ? call.words[1] : std::string_view("TERM");
    auto const signal = signal_number(text);
    if (!signal) return fail(Kind::config, contract::unknown_signal, quoted(text));
    auto container = TRY(find_container(call));
    TRY(container.kill(*signal, all));
    return 0;
}

} // namespace

extern Verb const kill_verb;
constinit Verb const kill_verb = {
    .name = "kill",
    .synopsis = "ID [SIGNAL]",
    .help = "send a signal to a container",
    .details =
        "SIGNAL is a number or a name, in any case: 9, KILL, sigkill, RTMIN+3. Without one:\n"
        "TERM. 0 sends nothing, and tells whether there is a process to send it to.\n"
        "\n"
        "KILL ends a paused container, too; other signals wait until it is resumed. Of a\n"
        "container without a pid namespace of its own, KILL ends all processes.\n",
    .options = kill_options,
    .shared_options = {},
    .run = run_kill,
    .exit_status = "0, or 1 with a message: \"container not running\" if it has stopped.\n",
    .examples = "davit kill demo\n"
                "davit kill demo USR1\n",
    .see_also = "delete state",
};

} // namespace davit::cli
