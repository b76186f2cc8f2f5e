// SPDX-License-Identifier: Apache-2.0
// tools/verbs.cc - the table of verbs. A new verb is a file that defines its `Verb`, and its name
// in the two lists below.
#include "verbs.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "davit/contract.h"
#include "safe/whole_file.h"

namespace davit::cli {

extern Verb const create_verb, start_verb, run_verb, exec_verb, kill_verb, delete_verb;
extern Verb const pause_verb, resume_verb, update_verb, ps_verb, events_verb;
extern Verb const state_verb, list_verb, features_verb, spec_verb, explain_verb;
extern Verb const doctor_verb, setup_verb, help_verb, complete_verb;

namespace {

// In the order of --help: a container's life, then questions, then the bundle.
constexpr Verb const* verbs[] = {
    &create_verb,  &start_verb,  &run_verb,    &exec_verb,     &kill_verb,
    &pause_verb,   &resume_verb, &update_verb, &delete_verb,   &state_verb,
    &list_verb,    &ps_verb,     &events_verb, &features_verb, &spec_verb,
    &explain_verb, &doctor_verb, &setup_verb,  &help_verb,     &complete_verb,
};

/// The number of letters to insert, delete or replace to make `b` of `a`.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            auto const other = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({other, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// The verb that the user probably meant; none if all are too far away.
Verb const* nearest(std::string_view name) {
    constexpr std::size_t longest = 20;
    if (name.size() > longest) return nullptr;
    auto const far = [&](Verb const* verb) { return distance(name, verb->name); };
    auto const* const found = *std::ranges::min_element(verbs, {}, far);
    return far(found) <= 1 + name.size() / 4 ? found : nullptr;
}

} // namespace

std::span<Verb const* const> all_verbs() { return verbs; }

Verb const* find_verb(std::string_view name) {
    auto const* row = std::ranges::find(verbs, name, &Verb::name);
    return row == std::end(verbs) ? nullptr : *row;
}

int unknown_verb(Log const& log, std::string_view name) {
    auto const* const meant = nearest(name);
    log.write(
        Level::error,
        std::string(contract::no_help_topic) + "'" + std::string(name) + "': unknown command"
            + (meant == nullptr ? "" : "; did you mean \"" + std::string(meant->name) + "\"?"));
    (void)safe::write_all(2, "\"davit --help\" lists the commands.\n");
    return contract::unknown_command_status;
}

} // namespace davit::cli
