// SPDX-License-Identifier: Apache-2.0
// tools/manual.cc - the man pages, made from the tables that also read the command line. man(7).
#include "manual.h"

#include <vector>

#include "verbs.h"

namespace davit::cli {

namespace {

// Text that people copy to a command line must have ASCII's minus, quotes and tilde.
std::string escaped(std::string_view text) {
    std::string result;
    for (char const c : text) {
        if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
        switch (c) {
        case '\\': result += "\\e"; break;
        case '-': result += "\\-"; break;
        case '\'': result += "\\(aq"; break;
        case '`': result += "\\(ga"; break;
        case '~': result += "\\(ti"; break;
        case '^': result += "\\(ha"; break;
        default: result += c;
        }
    }
    return result;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

std::string head(std::string_view page, std::string_view what) {
    return ".\\\" Made by \"davit help --man\" from the table in tools/: edit that, and run "
           "test/lint/manual --update.\n"
           ".TH \""
           + escaped(upper(page)) + "\" 8 \"\" \"davit\" \"System administration\"\n.SH NAME\n"
           + escaped(page) + " \\- " + escaped(what) + "\n";
}

std::string title(std::string_view text) { return ".SH \"" + std::string(text) + "\"\n"; }

// Paragraphs, and lines shown as they are: those that begin with a space, or all.
std::string body(std::string_view text, bool all_as_they_are = false) {
    std::string result;
    bool as_they_are = false;
    while (!text.empty()) {
        auto const end = text.find('\n') + 1;
        auto const line = text.substr(0, end);
        text.remove_prefix(end);
        bool const shown = all_as_they_are || line[0] == ' ';
        if (shown && !as_they_are) result += result.empty() ? ".EX\n" : ".PP\n.EX\n";
        if (!shown && as_they_are) result += ".EE\n";
        bool const gap = line == "\n" && !shown;
        if (gap && !text.empty() && text[0] != ' ') result += ".PP\n";
        if (!gap) result += escaped(line);
        as_they_are = shown;
    }
    return result + (as_they_are ? ".EE\n" : "");
}

std::string section(std::string_view name, std::string_view text) {
    return text.empty() ? "" : title(name) + body(text);
}

std::string examples(std::string_view text) {
    return text.empty() ? "" : title("EXAMPLES") + body(text, true);
}

std::string entry(Option const& option) {
    std::string text = ".TP\n";
    if (option.letter != '\0') text += bold(std::string{'-', option.letter}) + ", ";
    text += bold("--" + std::string(option.name));
    if (!option.value_name.empty()) text += " " + italic(option.value_name);
    return text + "\n" + escaped(option.help) + "\n";
}

std::string entries(std::span<OptionList const> lists) {
    std::string text;
    for (auto const& list : lists)
        for (auto const& option : list)
            if (!option.hidden) text += entry(option);
    return text;
}

std::string page_of(std::string_view verb) { return "davit-" + std::string(verb); }

std::string reference(std::string_view page, std::string_view number = "8") {
    return bold(page) + "(" + std::string(number) + ")";
}

std::string sections(Verb const& verb) {
    constexpr std::string_view usual_status = "0, or 1 with a message on stderr and in the log.\n";
    return title("EXIT STATUS") + body(verb.exit_status.empty() ? usual_status : verb.exit_status)
           + section("FILES", verb.files) + section("ENVIRONMENT", verb.environment)
           + examples(verb.examples);
}

} // namespace

std::string manual() {
    auto text = head("davit", program.help) + title("SYNOPSIS")
                + ".B davit\n[\\fIglobal options\\fR] \\fICOMMAND\\fR [\\fIoptions\\fR] "
                  "[\\fIarguments\\fR]\n"
                + section("DESCRIPTION", program.details) + title("COMMANDS");
    for (auto const* verb : all_verbs())
        if (!verb->hidden)
            text += ".TP\n" + reference(page_of(verb->name)) + "\n" + escaped(verb->help) + "\n";
    OptionList const lists[] = {global_options()};
    text += title("GLOBAL OPTIONS") + body("They stand before the command.\n") + entries(lists);
    return text + sections(program) + title("SEE ALSO") + "the OCI runtime specification,\n"
           + reference("namespaces", "7") + ", " + reference("cgroups", "7") + ", "
           + reference("capabilities", "7") + "\n";
}

std::string manual(Verb const& verb) {
    auto text = head(page_of(verb.name), verb.help) + title("SYNOPSIS")
                + ".B davit\n[\\fIglobal options\\fR] " + bold(verb.name) + " [\\fIoptions\\fR]";
    if (!verb.synopsis.empty()) text += " " + italic(verb.synopsis);
    auto const what = "davit " + std::string(verb.name) + ": " + std::string(verb.help) + ".\n";
    text += "\n" + title("DESCRIPTION") + body(what);
    if (!verb.details.empty()) text += ".PP\n" + body(verb.details);
    OptionList const lists[] = {verb.options, verb.shared_options, help_option()};
    text +=
        title("OPTIONS") + entries(lists) + sections(verb) + title("SEE ALSO") + reference("davit");
    auto others = verb.see_also;
    while (!others.empty()) {
        auto const name = others.substr(0, others.find(' '));
        text += ", " + reference(page_of(name));
        others.remove_prefix(std::min(name.size() + 1, others.size()));
    }
    return text + "\n";
}

} // namespace davit::cli
