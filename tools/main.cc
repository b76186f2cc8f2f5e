// SPDX-License-Identifier: Apache-2.0
// tools/main.cc - the davit binary: from the command line to the verb, from its result to the exit
// code. The table of verbs is in verbs.cc.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "base/result.h"
#include "base/version.h"
#include "davit/config.h"
#include "davit/contract.h"
#include "hints.h"
#include "log.h"
#include "options.h"
#include "output.h"
#include "safe/whole_file.h"
#include "usage.h"
#include "verbs.h"

namespace davit::cli {

namespace {

int report(Log const& log, Error const& error) {
    log.write(Level::error, error.story);
    return 1;
}

/// For people alone: programs search davit's output for the error's own words.
void advise(Error const& error) {
    if (::isatty(STDERR_FILENO) != 1) return;
    if (auto const hint = hint_for(error, ::geteuid() == 0); !hint.empty())
        (void)safe::write_all(STDERR_FILENO, "hint: " + std::string(hint) + "\n");
}

int show(Log const& log, std::string const& text) {
    auto const printed = print(text);
    return printed ? 0 : report(log, printed.error());
}

int wrong_usage(Log const& log, std::string const& message, std::string const& hint) {
    log.write(Level::error, message);
    (void)safe::write_all(2, hint + "\n");
    return 1;
}

std::string version_text() {
    using namespace contract;
    auto text = std::string(version_line) + version + "\n" + std::string(commit_line) + commit
                + "\n" + std::string(spec_line) + oci_version + "\n";
    auto const known = features();
    if (known && known->annotations)
        if (auto const row = known->annotations->find(libseccomp_annotation);
            row != known->annotations->end())
            text += std::string(libseccomp_line) + row->second + "\n";
    if (*left_out != '\0') text += std::string("built without: ") + left_out + "\n";
    return text;
}

Level least_level() {
    if (globals.debug || globals.log_level == "debug") return Level::debug;
    return globals.log_level == "error" ? Level::error : Level::warning;
}

int carry_out(Verb const& verb, Words const& words, Log const& log) {
    OptionList const lists[] = {verb.options, verb.shared_options, help_option()};
    auto rest = parse(lists, words, verb.where);
    if (rest && globals.help) return show(log, describe(verb));
    auto const fit =
        rest ? check_words(verb.synopsis, *rest) : Result<>(std::unexpected(rest.error()));
    auto const name = std::string(verb.name);
    if (!fit)
        return wrong_usage(log, name + ": " + fit.error().story,
                           "Usage: " + usage(verb) + "; \"davit " + name + " --help\" tells more.");
    auto const status = verb.run({globals, std::move(*rest), log});
    if (status) return *status;
    report(log, status.error());
    advise(status.error());
    return verb.failure_status;
}

int run(Words const& arguments) {
    OptionList const lists[] = {global_options()};
    auto words = parse(lists, arguments, Options::before_first_word);
    auto const format = globals.log_format == "json" ? LogFormat::json : LogFormat::text;
    auto log = Log::open(globals.log, format, least_level());
    if (!words) // a log named before the mistake is where the caller looks
        return wrong_usage(log ? std::move(*log) : Log(), words.error().story,
                           "\"davit --help\" lists the global options.");
    if (globals.version) return show({}, version_text());
    if (globals.help || words->empty()) return show({}, overview());

    if (!log) return report({}, log.error());
    auto const* verb = find_verb((*words)[0]);
    if (verb == nullptr) return unknown_verb(*log, (*words)[0]);
    words->erase(words->begin());
    return carry_out(*verb, *words, *log);
}

} // namespace

} // namespace davit::cli

int main(int argc, char** argv) {
    davit::cli::open_missing_stdio();
    // The caller may ignore SIGCHLD. davit would inherit that, and not see how its children end.
    std::signal(SIGCHLD, SIG_DFL);
    return davit::cli::run(davit::cli::Words(argv + std::min(argc, 1), argv + argc));
}
