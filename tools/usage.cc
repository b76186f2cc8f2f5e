// SPDX-License-Identifier: Apache-2.0
// tools/usage.cc - --help, made from the tables that also read the command line.
#include "usage.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "columns.h"
#include "verbs.h"

namespace davit::cli {

namespace {

std::string listed(Option const& option) {
    std::string text = option.letter != '\0' ? std::string("  -") + option.letter + ", " : "      ";
    text += "--" + std::string(option.name);
    if (!option.value_name.empty()) text += " " + std::string(option.value_name);
    return text;
}

constexpr std::size_t screen = 80; // columns, as terminals have
constexpr std::size_t gap = 2;

// Puts `text` beside `left`, from column `indent` on, in as many lines as it takes.
std::string beside(std::string left, std::string_view text, std::size_t indent) {
    std::string result, line = std::move(left);
    auto const end_line = [&] { result += std::exchange(line, {}) + '\n'; };
    if (line.size() + gap > indent) end_line();
    line.resize(indent, ' ');
    for (bool first = true; !text.empty(); first = false) {
        auto const word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        bool const fits = line.size() + 1 + word.size() <= screen;
        if (!first && !fits) end_line();
        if (!first && !fits) line.resize(indent, ' ');
        if (!first && fits) line += ' ';
        line += word;
    }
    end_line();
    return result;
}

std::string shown(std::span<OptionList const> lists) {
    std::size_t indent = 0;
    for (auto const& list : lists)
        for (auto const& option : list)
            if (!option.hidden) indent = std::max(indent, listed(option).size() + gap);
    indent = std::min(indent, std::size_t{34}); // the help of wider options stands below them
    std::string text;
    for (auto const& list : lists)
        for (auto const& option : list)
            if (!option.hidden) text += beside(listed(option), option.help, indent);
    return text;
}

std::string shown_examples(std::string_view text) {
    if (text.empty()) return {};
    std::string result = "\nExamples:\n";
    while (!text.empty()) {
        auto const end = text.find('\n') + 1;
        result += (text[0] == '\n' ? "" : "  ") + std::string(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

// Fills lines up to the screen's width; lines that begin with a space stay.
std::string filled(std::string_view text, std::size_t indent = 0) {
    std::string result;
    std::size_t column = 0; // 0: at the beginning of a line
    auto const end_line = [&] {
        if (column > 0) result += '\n';
        column = 0;
    };
    while (!text.empty()) {
        auto const end = text.find('\n') + 1;
        auto line = text.substr(0, end - 1);
        text.remove_prefix(end);
        if (line.empty() || line[0] == ' ') {
            end_line();
            result += std::string(line) + '\n';
            continue;
        }
        while (!line.empty()) {
            auto const word = line.substr(0, line.find(' '));
            line.remove_prefix(std::min(word.size() + 1, line.size()));
            if (column + 1 + word.size() > screen) end_line();
            result += column == 0 ? std::string(indent, ' ') : " ";
            result += word;
            column += (column == 0 ? indent : 1) + word.size();
        }
    }
    end_line();
    return result;
}

} // namespace

std::string usage(Verb const& verb) {
    auto text = "davit " + std::string(verb.name) + " [options]";
    if (!verb.synopsis.empty()) text += " " + std::string(verb.synopsis);
    return text;
}

std::string overview() {
    std::vector<Row> rows;
    for (auto const* verb : all_verbs())
        if (!verb->hidden)
            rows.push_back({"  " + std::string(verb->name), std::string(verb->help)});
    OptionList const lists[] = {global_options()};
    return "davit: " + std::string(program.help)
           + "\n\n"

             "Usage: davit [global options] COMMAND [options] [arguments]\n\n"
             "Commands:\n"
           + columns(rows, 0, 3) + "\nGlobal options:\n" + shown(lists)
           + "\n\"davit COMMAND --help\" shows the options of a command.\n";
}

std::string describe(Verb const& verb) {
    OptionList const lists[] = {verb.options, verb.shared_options, help_option()};
    auto text = "davit " + std::string(verb.name) + ": " + std::string(verb.help)
                + "\n\nUsage: " + usage(verb) + "\n";
    if (!verb.details.empty()) text += "\n" + filled(verb.details);
    text += "\nOptions:\n" + shown(lists);
    text += shown_examples(verb.examples);
    if (!verb.exit_status.empty()) text += "\nExit status:\n" + filled(verb.exit_status, 2);
    return text;
}

} // namespace davit::cli
