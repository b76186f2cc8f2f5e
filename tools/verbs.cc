// SPDX-License-Identifier: Apache-2.0
// tools/verbs.cc - the table of verbs. A new verb is a file that defines its `Verb`, and its name
// in the two lists below.
#include "verbs.h"

#include <algorithm>

#include "davit/contract.h"
#include "output.h"

namespace davit::cli {

extern Verb const create_verb, start_verb, run_verb, exec_verb, kill_verb, delete_verb;
extern Verb const pause_verb, resume_verb, update_verb, ps_verb, events_verb;
extern Verb const state_verb, list_verb, features_verb, spec_verb, explain_verb;
extern Verb const doctor_verb, setup_verb, help_verb, complete_verb;

namespace {

// In the order of --help: a container's life, then what one may ask, then the bundle.
constexpr Verb const* verbs[] = {
    &create_verb,  &start_verb,  &run_verb,    &exec_verb,     &kill_verb,
    &pause_verb,   &resume_verb, &update_verb, &delete_verb,   &state_verb,
    &list_verb,    &ps_verb,     &events_verb, &features_verb, &spec_verb,
    &explain_verb, &doctor_verb, &setup_verb,  &help_verb,     &complete_verb,
};

} // namespace

std::span<Verb const* const> all_verbs() { return verbs; }

Verb const* find_verb(std::string_view name) {
    auto const* row = std::ranges::find(verbs, name, &Verb::name);
    return row == std::end(verbs) ? nullptr : *row;
}

int unknown_verb(Log const& log, std::string_view name) {
    log.write(Level::error, std::string(contract::no_help_topic) + "'" + std::string(name) + "'");
    (void)write_all(2, "\"davit --help\" lists the commands.\n");
    return contract::unknown_command_status;
}

} // namespace davit::cli
