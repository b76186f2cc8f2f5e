// SPDX-License-Identifier: Apache-2.0
// tools/main.cc - the davit binary: the table of verbs, the options that all have, the exit code.
//
// A new verb is a file that defines its `Verb`, and its name in the two lists below.
#include <algorithm>
#include <csignal>
#include <string>

#include "contract.h"
#include "davit/config.h"
#include "failure.h"
#include "help.h"
#include "log.h"
#include "options.h"
#include "output.h"
#include "verb.h"
#include "version.h"

namespace davit::cli {

extern Verb const create_verb, start_verb, run_verb, kill_verb, delete_verb;
extern Verb const state_verb, list_verb, features_verb, spec_verb, explain_verb;

namespace {

extern Verb const help_verb;

// In the order of --help: a container's life, then what one may ask, then the bundle.
constexpr Verb const* verbs[] = {
    &create_verb, &start_verb,    &run_verb,  &kill_verb,    &delete_verb, &state_verb,
    &list_verb,   &features_verb, &spec_verb, &explain_verb, &help_verb,
};

Globals globals;
bool help_wanted;
bool version_wanted;

constexpr Option help_option[] = {{"help", 'h', "", "show this help", &help_wanted}};

constexpr Option global_options[] = {
    {"root", 0, "DIR", "where containers' states are kept (default: /run/davit)", &globals.root},
    {"log", 0, "FILE", "append messages to FILE; errors still go to stderr, too", &globals.log},
    {"log-format", 0, "text|json", "how messages are written (default: text)", &globals.log_format},
    {"debug", 0, "", "write debug messages, too", &globals.debug},
    {"systemd-cgroup", 0, "", "let systemd make the cgroups (not supported yet)",
     &globals.systemd_cgroup},
    {"rootless", 0, "auto|true|false", "accepted for runc's callers; davit finds out by itself",
     &globals.rootless},
    {"version", 'v', "", "show the version", &version_wanted},
    help_option[0],
};

Verb const* find_verb(std::string_view name) {
    auto const* row = std::ranges::find(verbs, name, &Verb::name);
    return row == std::end(verbs) ? nullptr : *row;
}

int fail(Log const& log, Error const& error) {
    log.write(Level::error, error.story);
    return 1;
}

int show(Log const& log, std::string const& text) {
    auto const printed = print(text);
    return printed ? 0 : fail(log, printed.error());
}

int wrong_usage(Log const& log, std::string const& message, std::string const& hint) {
    log.write(Level::error, message);
    (void)write_all(2, hint + "\n");
    return 1;
}

int unknown_verb(Log const& log, std::string_view name) {
    wrong_usage(log, std::string(contract::no_help_topic) + "'" + std::string(name) + "'",
                "\"davit --help\" lists the commands.");
    return contract::unknown_command_status;
}

std::string version_text() {
    using namespace contract;
    return std::string(version_line) + version + "\n" + std::string(commit_line) + commit + "\n"
           + std::string(spec_line) + oci_version + "\n";
}

Result<int> help(Call const& call) {
    if (call.words.empty()) return show(call.log, overview(verbs, global_options));
    auto const* verb = find_verb(call.words[0]);
    if (verb == nullptr) return unknown_verb(call.log, call.words[0]);
    return show(call.log, describe(*verb, help_option));
}

constinit Verb const help_verb = {
    .name = "help",
    .synopsis = "[COMMAND]",
    .help = "show the commands, or how to use one of them",
    .details = "",
    .options = {},
    .shared_options = {},
    .run = help,
};

int carry_out(Verb const& verb, Words const& words, Log const& log) {
    OptionList const lists[] = {verb.options, verb.shared_options, help_option};
    auto rest = parse(lists, words, verb.where);
    if (rest && help_wanted) return show(log, describe(verb, help_option));
    auto const fit =
        rest ? check_words(verb.synopsis, *rest) : Result<>(std::unexpected(rest.error()));
    auto const name = std::string(verb.name);
    if (!fit)
        return wrong_usage(log, name + ": " + fit.error().story,
                           "Usage: " + usage(verb) + "; \"davit " + name + " --help\" tells more.");
    auto const status = verb.run({globals, std::move(*rest), log});
    return status ? *status : fail(log, status.error());
}

int run(Words const& arguments) {
    OptionList const lists[] = {global_options};
    auto words = parse(lists, arguments, Options::before_first_word);
    auto const format = globals.log_format == "json" ? LogFormat::json : LogFormat::text;
    auto log = Log::open(globals.log, format, globals.debug);
    if (!words) // the log, if it was named before the mistake, is where the caller looks
        return wrong_usage(log ? std::move(*log) : Log(), words.error().story,
                           "\"davit --help\" lists the global options.");
    if (version_wanted) return show({}, version_text());
    if (help_wanted || words->empty()) return show({}, overview(verbs, global_options));

    if (!log) return fail({}, log.error());
    auto const* verb = find_verb((*words)[0]);
    if (verb == nullptr) return unknown_verb(*log, (*words)[0]);
    words->erase(words->begin());
    return carry_out(*verb, *words, *log);
}

} // namespace

} // namespace davit::cli

int main(int argc, char** argv) {
    davit::cli::open_missing_stdio();
    // Ignored, as our caller may have it, it would keep us from seeing how our children end.
    std::signal(SIGCHLD, SIG_DFL);
    return davit::cli::run(davit::cli::Words(argv + std::min(argc, 1), argv + argc));
}
