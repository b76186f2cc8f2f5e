// SPDX-License-Identifier: Apache-2.0
// tools/verb.h - what a verb ("davit create") is: one file that defines a `Verb`, and its name
// in main.cc. Parsing and --help come from the Verb alone.
#pragma once

#include <string>
#include <string_view>

#include "davit/result.h"
#include "davit/runtime.h"
#include "log.h"
#include "options.h"

namespace davit::cli {

/// The values of the options that stand before the verb.
struct Globals {
    std::string root; ///< empty: the default, see root_directory()
    std::string log;  ///< empty: stderr
    std::string log_format = "text";
    std::string rootless = "auto";
    bool debug = false;
    bool systemd_cgroup = false;
};

/// What a verb is given. Its options are in its own variables.
struct Call {
    Globals const& globals;
    Words words; ///< as many as Verb::synopsis asks for
    Log const& log;
};

struct Verb {
    std::string_view name;
    std::string_view synopsis; ///< its words: "ID [SIGNAL]"
    std::string_view help;     ///< one line
    std::string_view details;  ///< what else a user must know; lines that end in '\n', or ""
    OptionList options;
    OptionList shared_options; ///< rows that it has in common with other verbs
    /// Does it and returns the exit code; an Error becomes 1.
    Result<int> (*run)(Call const& call);
    /// Callers put options before the ID (go-runc, conmon), people like to add them at the end, and
    /// no id begins with a dash: both work. But a verb whose words end in a command line for
    /// another program (exec, ps) must leave that program's options alone:
    /// Options::before_first_word.
    Options where = Options::anywhere;
};

/// --root, or /run/davit, or $XDG_RUNTIME_DIR/davit for those who can't write to /run.
[[nodiscard]] Result<std::string> root_directory(Globals const& globals);

[[nodiscard]] Result<Runtime> open_runtime(Globals const& globals);

} // namespace davit::cli
