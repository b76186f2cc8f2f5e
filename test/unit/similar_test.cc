// SPDX-License-Identifier: Apache-2.0
// unit/similar_test.cc - which names may be misspelt others: json/similar.h; and who hears of it.
#include "catch.h"

#include "davit/config.h"
#include "json/similar.h"

using namespace davit;

TEST_CASE("similar names") {
    using json::are_similar;
    CHECK(are_similar("CWD", "cwd"));
    CHECK(are_similar("resource", "resources"));
    CHECK(are_similar("noNewPriviliges", "noNewPrivileges"));
    CHECK(are_similar("cgroupPaths", "cgroupsPath"));
    CHECK(are_similar("evn", "env") == false); // two letters of three
    CHECK(are_similar("envs", "env"));
    CHECK_FALSE(are_similar("env", "env"));
    CHECK_FALSE(are_similar("windows", "linux"));
    CHECK_FALSE(are_similar("", "vm"));
    CHECK_FALSE(are_similar(std::string(1 << 20, 'x'), "linux"));
}

TEST_CASE("similar names: a line for each unknown member that may be a known one") {
    std::vector<std::string> doubts;
    auto const resources = parse_resources(
        R"({"pid":{"limit":1},"memory":{"Limit":5,"of_tomorrow":1},"unified":{"pids.maxx":"1"}})",
        "r.json", &doubts);
    REQUIRE(resources);
    CHECK(doubts
          == std::vector<std::string>{
              "r.json: /pid is no member that is known, and ignored: \"pids\" is one",
              "r.json: /memory/Limit is no member that is known, and ignored: \"limit\" is one"});
}
