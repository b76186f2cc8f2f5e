// SPDX-License-Identifier: Apache-2.0
// unit/tools_options_test.cc - reading command lines: tools/options.h.
#include "catch.h"
#include <initializer_list>

#include "options.h"

using namespace davit::cli;

namespace {

bool all;
unsigned count;
std::string bundle;
std::string format;
std::vector<std::string> env;
std::vector<unsigned> groups;
std::optional<std::int64_t> quota;
std::optional<std::int64_t> memory;
std::chrono::nanoseconds interval;

constexpr Option rows[] = {
    {"all", 'a', "", "", &all},
    {"count", 0, "N", "", &count},
    {"bundle", 'b', "DIR", "", &bundle},
    {"format", 'f', "table|json", "", &format},
    {"env", 'e', "K=V", "", &env},
    {"group", 'g', "GID", "", &groups},
    {"quota", 0, "N", "", &quota},
    {"memory", 0, "SIZE", "", Size{&memory}},
    {"interval", 0, "TIME", "", Duration{&interval}},
    {"old", 0, "N", "", Ignored{}, true},
};

struct Read {
    Words words;
    std::string problem;
};

Read read(std::initializer_list<std::string_view> line, Options where = Options::anywhere) {
    all = false;
    count = 0;
    bundle = "default";
    format = "table";
    env.clear();
    groups.clear();
    quota.reset();
    memory.reset();
    interval = std::chrono::seconds(5);
    OptionList const lists[] = {{}, rows};
    auto words = parse(lists, line, where);
    if (!words) return {{}, words.error().story};
    return {*words, ""};
}

std::string fit(std::string_view synopsis, Words const& words) {
    auto const result = check_words(synopsis, words);
    return result ? "" : result.error().story;
}

} // namespace

TEST_CASE("an option's value follows it or an equals sign") {
    CHECK(read({"--bundle", "/a", "id"}).words == Words{"id"});
    CHECK(bundle == "/a");
    CHECK(read({"--bundle=/b=c", "id"}).words == Words{"id"});
    CHECK(bundle == "/b=c");
    CHECK(read({"-b", "/c"}).words.empty());
    CHECK(bundle == "/c");
    CHECK(read({"--bundle="}).problem.empty());
    CHECK(bundle.empty());
    CHECK(read({"--bundle", "--"}).problem.empty()); // Go's flag package takes any word, too
    CHECK(bundle == "--");
    CHECK(read({"--bundle", "/a", "--bundle", "/z"}).problem.empty());
    CHECK(bundle == "/z");
}

TEST_CASE("one dash is as good as two") {
    CHECK(read({"-bundle", "/a", "-all"}).problem.empty());
    CHECK(bundle == "/a");
    CHECK(all);
    CHECK(read({"--b=/d"}).problem.empty());
    CHECK(bundle == "/d");
}

TEST_CASE("a switch may be given a truth value") {
    CHECK(read({"--all", "false"}).words == Words{"false"});
    CHECK(all);
    CHECK(read({"--all=true"}).problem.empty());
    CHECK(all);
    CHECK(read({"-a", "-a=0"}).problem.empty());
    CHECK_FALSE(all);
    CHECK(read({"--all=yes"}).problem == "wrong value \"yes\" for --all: expected true or false");
}

TEST_CASE("numbers and choices are checked") {
    CHECK(read({"--count", "4294967295"}).problem.empty());
    CHECK(count == 4294967295);
    for (auto const* wrong : {"", "-1", "+1", " 1", "1x", "0x1", "4294967296"}) {
        INFO(wrong);
        CHECK_FALSE(read({"--count", wrong}).problem.empty());
    }
    CHECK(read({"-f", "json"}).problem.empty());
    CHECK(format == "json");
    for (auto const* wrong : {"", "jso", "table|json", "|"}) {
        INFO(wrong);
        CHECK_FALSE(read({"-f", wrong}).problem.empty());
    }
}

TEST_CASE("some options may be given again, some need not be given") {
    CHECK(read({"-e", "a=1", "--env=b=2,c", "-g", "7", "-g=8"}).problem.empty());
    CHECK(env == std::vector<std::string>{"a=1", "b=2,c"});
    CHECK(groups == std::vector<unsigned>{7, 8});
    CHECK_FALSE(quota);
    CHECK(read({"--quota", "-1", "--memory", "-1"}).problem.empty());
    CHECK(quota == -1);
    CHECK(memory == -1);
    CHECK(read({"--memory", "64m", "--interval", "1m", "--old", "x"}).problem.empty());
    CHECK(memory == 64 << 20);
    CHECK(interval == std::chrono::minutes(1));
    CHECK(read({"--memory", "much"}).problem
          == "wrong value \"much\" for --memory: expected a size such as 64m, or -1 for no limit");
    CHECK(read({"--interval", "0s"}).problem == "duration interval must be greater than 0"); // runc
    for (auto const* wrong : {"--interval=0s", "--interval=-1s", "--interval=5", "--quota=1k",
                              "--group=x", "--group=-1"}) {
        INFO(wrong);
        CHECK_FALSE(read({wrong}).problem.empty());
    }
}

TEST_CASE("options may follow other words, unless those are left alone") {
    CHECK(read({"id", "-a", "9"}).words == Words{"id", "9"});
    CHECK(all);
    CHECK(read({"-a", "ps", "-a", "--", "x"}, Options::before_first_word).words
          == Words{"ps", "-a", "--", "x"});
}

TEST_CASE("two dashes end the options, one is a word") {
    CHECK(read({"id", "--", "-a", "--"}).words == Words{"id", "-a", "--"});
    CHECK_FALSE(all);
    CHECK(read({"-", ""}).words == Words{"-", ""});
    CHECK(read({"--", "ps", "-a"}, Options::before_first_word).words == Words{"ps", "-a"});
}

TEST_CASE("a wrong option is named as it was written") {
    CHECK(read({"--nothing=1"}).problem == "unknown option \"--nothing\"");
    CHECK(read({"-ab"}).problem == "unknown option \"-ab\""); // letters aren't combined
    CHECK(read({"-x"}).problem == "unknown option \"-x\"");
    CHECK(read({"---all"}).problem == "unknown option \"---all\"");
    CHECK(read({"--=1"}).problem == "unknown option \"--\"");
    CHECK(read({"id", "--bundle"}).problem == "flag needs an argument: --bundle"); // Podman
}

TEST_CASE("the synopsis says how many words there may be") {
    CHECK(fit("", {}).empty());
    CHECK(fit("ID", {"a"}).empty());
    CHECK(fit("ID [SIGNAL]", {"a"}).empty());
    CHECK(fit("ID [SIGNAL]", {"a", "9"}).empty());
    CHECK(fit("ID [ARGUMENT...]", {"a"}).empty());
    CHECK(fit("ID [ARGUMENT...]", {"a", "b", "c", "d"}).empty());
    CHECK(fit("ID COMMAND...", {"a", "b", "c"}).empty());
    CHECK(fit("ID [SIGNAL]", {}) == "missing ID");
    CHECK(fit("ID COMMAND...", {"a"}) == "missing COMMAND...");
    CHECK(fit("", {"a"}) == "unexpected argument \"a\"");
    CHECK(fit("ID [SIGNAL]", {"a", "9", "b", "c"}) == "unexpected argument \"b\"");
}
