// SPDX-License-Identifier: Apache-2.0
// tools/help.cc - --help, made from the tables that the command line is read by.
#include "help.h"

#include <vector>

#include "columns.h"

namespace davit::cli {

namespace {

std::string shown(Option const& option) {
    std::string text = option.letter != '\0' ? std::string("  -") + option.letter + ", " : "      ";
    text += "--" + std::string(option.name);
    if (!option.value_name.empty()) text += " " + std::string(option.value_name);
    return text;
}

std::string shown(std::span<OptionList const> lists) {
    std::vector<Row> rows;
    for (auto const& list : lists)
        for (auto const& option : list) rows.push_back({shown(option), std::string(option.help)});
    return columns(rows, 0, 2);
}

} // namespace

std::string usage(Verb const& verb) {
    auto text = "davit " + std::string(verb.name) + " [options]";
    if (!verb.synopsis.empty()) text += " " + std::string(verb.synopsis);
    return text;
}

std::string overview(std::span<Verb const* const> verbs, OptionList globals) {
    std::vector<Row> rows;
    for (auto const* verb : verbs)
        rows.push_back({"  " + std::string(verb->name), std::string(verb->help)});
    return "davit runs containers as the OCI runtime specification describes them.\n\n"
           "Usage: davit [global options] COMMAND [options] [arguments]\n\n"
           "Commands:\n"
           + columns(rows, 0, 3) + "\nGlobal options:\n" + shown({{globals}})
           + "\n\"davit COMMAND --help\" shows the options of a command.\n";
}

std::string describe(Verb const& verb, OptionList help_option) {
    OptionList const lists[] = {verb.options, verb.shared_options, help_option};
    auto text = "davit " + std::string(verb.name) + ": " + std::string(verb.help)
                + "\n\nUsage: " + usage(verb) + "\n";
    if (!verb.details.empty()) text += "\n" + std::string(verb.details);
    return text + "\nOptions:\n" + shown(lists);
}

} // namespace davit::cli
