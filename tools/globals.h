// SPDX-License-Identifier: Apache-2.0
// tools/globals.h - the options that stand before the verb, and --help, which may follow it, too.
#pragma once

#include <string>

#include "options.h"

namespace davit::cli {

struct Globals {
    std::string root; ///< empty: the default, see root_directory()
    std::string log;  ///< empty: stderr
    std::string log_format = "text";
    std::string log_level; ///< empty: "warning", or "debug" with --debug
    std::string rootless = "auto";
    bool debug = false;
    bool systemd_cgroup = false;
    std::string cgroup_manager = "cgroupfs";
    bool help = false;
    bool version = false;
};

extern Globals globals; ///< filled by the command line

[[nodiscard]] OptionList global_options();

/// --help alone.
[[nodiscard]] OptionList help_option();

} // namespace davit::cli
