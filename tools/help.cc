// SPDX-License-Identifier: Apache-2.0
// tools/help.cc - `davit help`.
#include "base/result.h"
#include "manual.h"
#include "output.h"
#include "usage.h"
#include "verbs.h"

namespace davit::cli {

namespace {

bool man;

constexpr Option help_options[] = {
    {"man", 0, "", "as a man page, for \"man -l -\"", &man},
};

std::string text(Verb const* verb) {
    if (man) return verb == nullptr ? manual() : manual(*verb);
    return verb == nullptr ? overview() : describe(*verb);
}

Result<int> run_help(Call const& call) {
    Verb const* verb = nullptr;
    if (!call.words.empty()) {
        verb = find_verb(call.words[0]);
        if (verb == nullptr) return unknown_verb(call.log, call.words[0]);
    }
    TRY(print(text(verb)));
    return 0;
}

} // namespace

extern Verb const help_verb;
constinit Verb const help_verb = {
    .name = "help",
    .synopsis = "[COMMAND]",
    .help = "show the commands, or how to use one of them",
    .details = "",
    .options = help_options,
    .shared_options = {},
    .run = run_help,
    .examples = "davit help create\n"
                "davit help --man create | man -l -\n",
};

} // namespace davit::cli
