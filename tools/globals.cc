// SPDX-License-Identifier: Apache-2.0
// tools/globals.cc - the options that stand before the verb.
#include "globals.h"

#include <iterator>

namespace davit::cli {

Globals globals;

namespace {

constexpr Option globals_table[] = {
    {"root", 0, "DIR", "where containers' states are kept (default: /run/davit)", &globals.root},
    {"log", 0, "FILE", "append messages to FILE; errors still go to stderr, too", &globals.log},
    {"log-format", 0, "text|json", "how messages are written (default: text)", &globals.log_format},
    {"log-level", 0, "error|warning|debug",
     "the least important messages that are written "
     "(default: warning)",
     &globals.log_level},
    {"debug", 0, "", "the same as --log-level debug", &globals.debug},
    {"systemd-cgroup", 0, "", "let systemd make a new container's cgroups",
     &globals.systemd_cgroup},
    {"cgroup-manager", 0, "cgroupfs|systemd|disabled",
     "what makes a new container's cgroups: davit (the default), systemd, nothing",
     &globals.cgroup_manager},
    {"rootless", 0, "auto|true|false",
     "whether a cgroup that davit may not make is left out, as long as "
     "no limit needs it (default: unless davit is the host's root)",
     &globals.rootless},
    {"criu", 0, "PATH", "", Ignored{}, true}, // runc had it until 1.4
    {"version", 'v', "", "show the version", &globals.version},
    {"help", 'h', "", "show this help", &globals.help},
};

} // namespace

OptionList global_options() { return globals_table; }

OptionList help_option() { return OptionList(globals_table).last(1); }

} // namespace davit::cli
