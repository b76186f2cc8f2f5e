// SPDX-License-Identifier: Apache-2.0
// test/host/usage.cc - wrong command lines: one message that says what is right, status 1.
//
// runc's callers see the status alone; side_by_side.cc compares it. davit acts on none of these
// lines: they name containers that don't exist, and no message complains of that.
// lint: a table may be long

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

struct Row {
    Words words;         ///< of which the first is the verb
    std::string message; ///< after the verb and a colon
};

std::vector<Row> rows() {
    std::vector<Row> all = {
        {{"start", "a", "extra"}, "unexpected argument \"extra\""},
        {{"create", "a", "extra"}, "unexpected argument \"extra\""},
        {{"run", "a", "extra"}, "unexpected argument \"extra\""},
        {{"state", "a", "extra"}, "unexpected argument \"extra\""},
        {{"kill", "a", "9", "extra"}, "unexpected argument \"extra\""},
        {{"delete", "a", "extra"}, "unexpected argument \"extra\""},
        {{"pause", "a", "extra"}, "unexpected argument \"extra\""},
        {{"resume", "a", "extra"}, "unexpected argument \"extra\""},
        {{"update", "a", "extra"}, "unexpected argument \"extra\""},
        {{"events", "a", "extra"}, "unexpected argument \"extra\""},
        {{"list", "extra"}, "unexpected argument \"extra\""},
        {{"spec", "extra"}, "unexpected argument \"extra\""},
        {{"features", "extra"}, "unexpected argument \"extra\""},
        {{"doctor", "extra"}, "unexpected argument \"extra\""},
        {{"explain", "a", "extra"}, "unexpected argument \"extra\""},
        {{"help", "create", "extra"}, "unexpected argument \"extra\""},
        {{"setup", "podman", "extra"}, "unexpected argument \"extra\""},
        {{"setup"}, "missing "},
        {{"setup", "podman", "--prefix"}, "flag needs an argument: --prefix"},
        {{"explain", "--timeline"}, "flag needs an argument: --timeline"},
        {{"doctor", "--json=maybe"}, "for --json: expected true or false"},
        {{"help", "--man=maybe"}, "for --man: expected true or false"},
        {{"create", "--preserve-fds", "many", "a"}, "for --preserve-fds: expected a number"},
        {{"create", "--preserve-fds=-1", "a"}, "for --preserve-fds: expected a number"},
        {{"create", "--no-pivot=maybe", "a"}, "for --no-pivot: expected true or false"},
        {{"run", "--preserve-fds", "4294967296", "a"}, "for --preserve-fds: expected a number"},
        {{"run", "--keep=2", "a"}, "for --keep: expected true or false"},
        {{"exec", "--preserve-fds", "", "a", "b"}, "for --preserve-fds: expected a number"},
        {{"exec", "--additional-gids", "staff", "a", "b"},
         "for --additional-gids: expected a number"},
        {{"exec", "--no-new-privs=on", "a", "b"}, "for --no-new-privs: expected true or false"},
        {{"delete", "--force=yes", "a"}, "for --force: expected true or false"},
        {{"kill", "--all=all", "a"}, "for --all: expected true or false"},
        {{"list", "--format", "xml"}, "for --format: expected table|json"},
        {{"ps", "--format", "xml", "a"}, "for --format: expected table|json"},
        {{"events", "--interval", "soon", "a"}, "for --interval: expected a time such as"},
        {{"events", "--interval", "0s", "a"}, "duration interval must be greater than 0"},
        {{"update", "--memory", "much", "a"}, "for --memory: expected a size such as"},
        {{"update", "--pids-limit", "1k", "a"}, "for --pids-limit: expected a number"},
    };
    for (auto const* verb : {"create", "start", "run", "exec", "state", "kill", "delete", "pause",
                             "resume", "ps", "events", "update"})
        all.push_back({{verb}, "missing ID"});
    for (auto const* verb :
         {"create", "start", "run", "exec", "state", "list", "kill", "delete", "pause", "resume",
          "ps", "events", "update", "spec", "features", "explain", "doctor", "setup", "help"})
        all.push_back({{verb, "--frobnicate"}, "unknown option \"--frobnicate\""});
    for (auto const* option :
         {"--bundle", "-b", "--pid-file", "--console-socket", "--pidfd-socket", "--preserve-fds"})
        all.push_back({{"create", option}, "flag needs an argument: --"});
    for (auto const* option : {"--process", "-p", "--cwd", "--env", "-e", "--user", "-u", "--cap",
                               "--cgroup", "--apparmor", "--process-label", "--additional-gids"})
        all.push_back({{"exec", option}, "flag needs an argument: --"});
    for (auto const* option : {"--resources", "-r", "--memory", "--cpu-share", "--cpuset-cpus"})
        all.push_back({{"update", option}, "flag needs an argument: --"});
    return all;
}

} // namespace

TEST_CASE("usage: what is wrong with a command line is told", "[usage][davit]") {
    for (auto const& row : rows()) {
        std::string shown = "davit";
        for (auto const& word : row.words) shown += " " + word;
        auto const ran = run(davit(row.words));
        INFO(shown << ": status " << ran.status << ", " << ran.err);
        auto const& verb = row.words[0];
        CHECK(ran.status == 1);
        CHECK(ran.out == "");
        CHECK(contains(ran.err, verb + ": "));
        CHECK(contains(ran.err, row.message));
        CHECK(contains(ran.err, "Usage: davit " + verb + " "));
        CHECK(contains(ran.err, "\"davit " + verb + " --help\" tells more."));
    }
}
