// SPDX-License-Identifier: Apache-2.0
// unit/tools_usage_test.cc - --help: tools/usage.h.
#include <catch2/catch.hpp>

#include "usage.h"

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
