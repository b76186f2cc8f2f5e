// SPDX-License-Identifier: Apache-2.0
// tools/verb.h - what a verb ("davit create") is: one file that defines a `Verb`, and its name
// in verbs.cc. Parsing, --help, the man page and what shells complete come from the Verb alone.
#pragma once

#include <string>
#include <string_view>

#include "davit/result.h"
#include "davit/runtime.h"
#include "globals.h"
#include "log.h"
#include "options.h"

namespace davit::cli {

/// A verb's arguments. Its options are in its own variables.
struct Call {
    Globals const& globals;
    Words words; ///< as many as Verb::synopsis asks for
    Log const& log;
};

/// Texts are lines that end in '\n'. --help and man show a line that begins with a space as it is.
/// Other lines are filled as paragraphs, which an empty line separates. "" leaves a section out.
struct Verb {
    std::string_view name;
    std::string_view synopsis; ///< its words: "ID [SIGNAL]"; shells complete an ID, a SIGNAL, …
    std::string_view help;     ///< one line
    std::string_view details;  ///< what else a user must know
    OptionList options;
    OptionList shared_options; ///< rows that it has in common with other verbs
    /// Carries the verb out and returns the exit code; an Error becomes `failure_status`.
    Result<int> (*run)(Call const& call);
    /// Callers put options before the ID (go-runc, conmon), people often add them at the end: both
    /// work, since no id begins with a dash. But a verb whose words end in another program's
    /// command line (exec, ps) must leave that program's options alone: Options::before_first_word.
    Options where = Options::anywhere;
    std::string_view exit_status = ""; ///< if it is more than 0, or 1 with a message
    std::string_view files = "";
    std::string_view environment = "";
    std::string_view examples = ""; ///< command lines; "# …" says what the next one is for
    std::string_view see_also = ""; ///< other verbs: "create state"
    int failure_status = 1;         ///< 255 for exec, as runc's callers know it
    bool hidden = false;            ///< not for people: no help mentions it
};

/// --root, or /run/davit, or $XDG_RUNTIME_DIR/davit for a user who can't write to /run.
[[nodiscard]] Result<std::string> root_directory(Globals const& globals);

/// The error of a refused state directory; without --root it says which one an ordinary user has.
[[nodiscard]] Error about_root(Error error, Globals const& globals);

[[nodiscard]] Result<Runtime> open_runtime(Globals const& globals);

/// The container that the first word names.
[[nodiscard]] Result<Container> find_container(Call const& call);

} // namespace davit::cli
