// SPDX-License-Identifier: Apache-2.0
// tools/list.cc - `davit list`.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <string>
#include <vector>

#include "base/result.h"
#include "columns.h"
#include "davit/config.h"
#include "output.h"
#include "owner.h"
#include "verb.h"

namespace davit::cli {

namespace {

std::string list_format = "table";
bool quiet;

constexpr Option list_options[] = {
    {"format", 'f', "table|json", "how to print them (default: table)", &list_format},
    {"quiet", 'q', "", "print the ids only", &quiet},
};

std::string_view status_name(spec::Status status) {
    switch (status) {
    case spec::Status::creating: return "creating";
    case spec::Status::created: return "created";
    case spec::Status::running: return "running";
    case spec::Status::paused: return "paused";
    case spec::Status::stopped: break;
    }
    return "stopped";
}

std::string as_table(std::vector<spec::State> const& states) {
    std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
    for (auto const& state : states)
        rows.push_back({state.id, std::to_string(state.pid), std::string(status_name(state.status)),
                        state.bundle, state.created, state.owner});
    return columns(rows, 12, 3);
}

std::string as_json(std::vector<spec::State> const& states) {
    if (states.empty()) return "null\n"; // what runc prints for a Go slice without elements
    std::string text = "[";
    for (auto const& state : states) {
        if (text.size() > 1) text += ',';
        text += write_state(state, false);
    }
    return text + "]\n";
}

Result<spec::State> look_up(Runtime const& runtime, std::string const& id) {
    auto container = TRY(runtime.find(id));
    return container.state();
}

// The user who made a container owns its directory.
std::string owner(std::string const& directory, std::string const& passwd) {
    struct stat status{};
    if (::stat(directory.c_str(), &status) != 0) return {};
    return user_name(passwd, status.st_uid);
}

Result<int> run_list(Call const& call) {
    auto runtime = TRY(open_runtime(call.globals));
    // A user who names a directory expects it to exist. The default one is made with the first
    // container.
    if (!call.globals.root.empty() && ::access(call.globals.root.c_str(), F_OK) != 0)
        return fail_errno(Errno{errno}, "open the state directory ", quoted(call.globals.root));
    auto ids = TRY(runtime.ids());

    std::string text;
    if (quiet) { // reads only the directory: so broken containers are listed, too
        for (auto const& id : ids) text += id + "\n";
    } else {
        auto const root = root_directory(call.globals);
        auto const passwd = read_passwd();
        std::vector<spec::State> states;
        for (auto const& id : ids) {
            auto state = look_up(runtime, id);
            if (!state) {
                // Another process deleted it while davit looked, no matter which part first: it
                // isn't listed.
                auto const there = runtime.find(id);
                if (!there && there.error().kind == Kind::not_found) continue;
                call.log.write(Level::warning, "load container " + id + ": " + state.error().story);
                continue;
            }
            if (state->owner.empty()) state->owner = owner(*root + "/" + id, passwd);
            states.push_back(std::move(*state));
        }
        text = list_format == "json" ? as_json(states) : as_table(states);
    }
    TRY(print(text));
    return 0;
}

} // namespace

extern Verb const list_verb;
constinit Verb const list_verb = {
    .name = "list",
    .synopsis = "",
    .help = "print all containers below --root",
    .details = "Of a container that can't be read there is a warning, and the others are printed.\n"
               "The owner is the user that created it.\n",
    .options = list_options,
    .shared_options = {},
    .run = run_list,
    .examples = "davit list\n"
                "davit list --format json\n"
                "\n"
                "# Docker's containers\n"
                "davit --root /var/run/docker/runtime-runc/moby list\n",
    .see_also = "state",
};

} // namespace davit::cli
