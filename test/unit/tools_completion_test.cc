// SPDX-License-Identifier: Apache-2.0
// unit/tools_completion_test.cc - the next words of a command line: tools/completion.h.
#include <sys/stat.h>

#include "catch.h"
#include <algorithm>
#include <initializer_list>

#include "completion.h"
#include "globals.h"
#include "temporary.h"

using namespace davit::cli;

namespace {

std::string words(std::initializer_list<std::string_view> line) {
    std::string text;
    for (auto const& candidate : complete(line).candidates) text += candidate.word + " ";
    return text;
}

Places places(std::initializer_list<std::string_view> line) { return complete(line).places; }

} // namespace

TEST_CASE("completion: commands and global options") {
    CHECK(words({"st"}) == "start state ");
    CHECK(words({"--log", "x", "sta"}) == "start state ");
    CHECK(words({"--debug", "--log-f"}) == "--log-format ");
    CHECK(words({"-log-f"}) == "-log-format ");
    CHECK(words({"help", "cr"}) == "create ");
    CHECK(words({""}).find("complete") == std::string::npos);
    CHECK(words({"--cri"}).empty());
    CHECK(words({"nonsense", ""}).empty());
    CHECK(words({"--nonsense", ""}).empty());
}

TEST_CASE("completion: options of a command, and their values") {
    CHECK(words({"list", "--f"}) == "--format ");
    CHECK(words({"list", "--format", ""}) == "table json ");
    CHECK(words({"list", "-f", "j"}) == "json ");
    CHECK(words({"list", "--format=j"}) == "--format=json ");
    CHECK(words({"list", "--format", "=", "j"}) == "json "); // as bash cuts it
    CHECK(words({"list", "--format", "="}) == "table json ");
    CHECK(words({"list", "--", "--f"}).empty());
    CHECK(words({"create", "x", "--bun"}) == "--bundle ");
    CHECK(places({"create", "--bundle", ""}) == Places::directories);
    CHECK(places({"create", "--bundle="}) == Places::directories);
    CHECK(places({"--log", "/t"}) == Places::files);
    CHECK(places({"explain", "a"}) == Places::directories);
    CHECK(places({"explain", "a", ""}) == Places::none);
    CHECK(words({"kill", "id", "SE"}) == "SEGV ");
    CHECK(words({"kill", "id", "KILL", ""}).empty());
}

TEST_CASE("completion: containers are those below --root") {
    davit::test::TemporaryDirectory const directory;
    auto const& root = directory.path();
    for (auto const* id : {"boat", "bolt"}) ::mkdir((root + "/" + id).c_str(), 0700);
    CHECK(words({"--root", root, "state", ""}) == "boat bolt ");
    CHECK(words({"--root=" + root, "kill", "bol"}) == "bolt ");
    CHECK(words({"--root", "=", root, "kill", "--all", "boa"}) == "boat ");
    CHECK(words({"--root", root + "/none", "state", ""}).empty());
    CHECK(words({"--root", root, "state", "boat", ""}).empty());
    globals.root.clear();
}
