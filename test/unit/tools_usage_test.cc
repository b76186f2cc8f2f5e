// SPDX-License-Identifier: Apache-2.0
// unit/tools_usage_test.cc - --help: tools/usage.h.
#include "catch.h"
#include <algorithm>

#include "usage.h"
#include "verbs.h"

using namespace davit::cli;

TEST_CASE("help shows each row of a verb's table") {
    bool all = false;
    std::string directory;
    Option const own[] = {{"all", 'a', "", "take all", &all},
                          {"old", 0, "", "obsolete", &all, true}};
    Option const shared[] = {{"bundle", 0, "DIR", "where", &directory}};
    Verb const verb = {.name = "hoist",
                       .synopsis = "ID",
                       .help = "lift it",
                       .details = "Gently.\n",
                       .options = own,
                       .shared_options = shared,
                       .run = nullptr,
                       .exit_status = "0 if it hangs.\n",
                       .examples = "# up\ndavit hoist boat\n"};
    CHECK(usage(verb) == "davit hoist [options] ID");
    CHECK(describe(verb)
          == "davit hoist: lift it\n\nUsage: davit hoist [options] ID\n\nGently.\n\nOptions:\n"
             "  -a, --all         take all\n"
             "      --bundle DIR  where\n"
             "  -h, --help        show this help\n\n"
             "Examples:\n  # up\n  davit hoist boat\n\n"
             "Exit status:\n  0 if it hangs.\n");
}

TEST_CASE("help fills the lines of a paragraph, and no others") {
    Verb const verb = {.name = "hoist",
                       .synopsis = "",
                       .help = "lift it",
                       .details =
                           "It takes a rope, a hook and somebody who pulls, all of whom must "
                           "be here.\nOr two.\n\nAs here:\n  rope   hook\nAnd then up.\n",
                       .options = {},
                       .shared_options = {},
                       .run = nullptr};
    auto const text = describe(verb);
    CHECK(
        text.find("\n\nIt takes a rope, a hook and somebody who pulls, all of whom must be here. Or"
                  "\ntwo.\n\nAs here:\n  rope   hook\nAnd then up.\n\nOptions:\n")
        != text.npos);
}

TEST_CASE("help fits a terminal of 80 columns") {
    auto const widest = [](std::string_view text) {
        std::size_t most = 0;
        for (; !text.empty(); text.remove_prefix(text.find('\n') + 1))
            most = std::max(most, text.find('\n'));
        return most;
    };
    CHECK(widest(overview()) <= 80);
    for (auto const* verb : all_verbs()) {
        INFO(verb->name);
        CHECK(widest(describe(*verb)) <= 80);
    }
}

// runc's, and what its callers pass. What each does is tested in test/host.
TEST_CASE("every option that runc's callers know is there") {
    struct Known {
        std::string_view verb;
        std::vector<std::string_view> options;
    };
    Known const known[] = {
        {"create",
         {"bundle", "b", "console-socket", "pidfd-socket", "pid-file", "no-pivot", "no-new-keyring",
          "preserve-fds"}},
        {"run",
         {"bundle", "b", "console-socket", "pidfd-socket", "pid-file", "no-pivot", "no-new-keyring",
          "preserve-fds", "detach", "d", "keep", "no-subreaper"}},
        {"exec",
         {"console-socket",
          "pidfd-socket",
          "cwd",
          "env",
          "e",
          "tty",
          "t",
          "user",
          "u",
          "process",
          "p",
          "detach",
          "d",
          "pid-file",
          "process-label",
          "apparmor",
          "no-new-privs",
          "cap",
          "c",
          "preserve-fds",
          "g",
          "additional-gids",
          "cgroup",
          "ignore-paused"}},
        {"kill", {"all", "a"}},
        {"delete", {"force", "f"}},
        {"list", {"format", "f", "quiet", "q"}},
        {"ps", {"format", "f"}},
        {"events", {"interval", "stats"}},
        {"spec", {"bundle", "b", "rootless"}},
        {"update", {"resources",          "r",
                    "blkio-weight",       "cpu-period",
                    "cpu-quota",          "cpu-burst",
                    "cpu-share",          "cpu-rt-period",
                    "cpu-rt-runtime",     "cpuset-cpus",
                    "cpuset-mems",        "memory",
                    "cpu-idle",           "memory-swap",
                    "memory-reservation", "pids-limit",
                    "l3-cache-schema",    "mem-bw-schema",
                    "kernel-memory",      "kernel-memory-tcp"}},
    };
    for (auto const& [name, options] : known) {
        auto const* const verb = find_verb(name);
        REQUIRE(verb != nullptr);
        OptionList const lists[] = {verb->options, verb->shared_options};
        for (auto const option : options) {
            INFO(name << " " << option);
            CHECK(find_option(lists, option) != nullptr);
        }
    }
    OptionList const global[] = {global_options()};
    for (auto const* option : {"debug", "log", "log-format", "root", "systemd-cgroup", "rootless",
                               "criu", "version", "v", "help", "h", "cgroup-manager", "log-level"})
        CHECK(find_option(global, option) != nullptr);
}
