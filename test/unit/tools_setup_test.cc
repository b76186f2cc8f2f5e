// SPDX-License-Identifier: Apache-2.0
// unit/tools_setup_test.cc - `davit setup`: what it does to engines' files: tools/engines.h,
// base/toml.h.
#include "catch.h"

#include <algorithm>

#include "base/toml.h"
#include "engines.h"

using namespace davit;
using namespace davit::cli;

namespace {

Wish const plain{"/usr/bin/davit"};
Wish const by_default{"/usr/bin/davit", true};
Wish const elsewhere{"/opt/davit"};

Engine const& engine(std::string_view name) {
    return *std::ranges::find(engines(), name, &Engine::name);
}
bool has(std::string const& text, std::string_view part) { return text.find(part) != text.npos; }
std::string story(davit::Result<std::string> const& result) {
    return result ? "" : result.error().story;
}

} // namespace

TEST_CASE("setup: containerd by davit's own shim", "[setup]") {
    Wish const wish{"/usr/bin/davit", false, "/usr/bin/containerd-shim-davit-v2"};
    auto const text = add_to_containerd("", wish);
    REQUIRE(text);
    CHECK(has(*text, "runtime_type = \"io.containerd.davit.v2\"\n"));
    CHECK_FALSE(has(*text, "BinaryName"));
    CHECK(add_to_containerd(*text, wish).value() == *text);
    CHECK_FALSE(add_to_containerd(*text, plain)); // the one or the other
    CHECK_FALSE(add_to_containerd(add_to_containerd("", plain).value(), wish));
    CHECK(remove_from_containerd(*text).value() == "version = 2\n");

    auto const newer = add_to_containerd("version = 3\n", wish);
    REQUIRE(newer);
    CHECK(has(*newer, "runtime_path = \"/usr/bin/containerd-shim-davit-v2\"\n"));
    CHECK(has(*newer, "runtime_type = \"io.containerd.runc.v2\"\n"));
    CHECK(add_to_containerd(*newer, wish).value() == *newer);
    CHECK_FALSE(add_to_containerd(*newer, plain));
    CHECK(remove_from_containerd(*newer).value() == "version = 3\n");
}

TEST_CASE("setup: twice is once, and --remove takes it back, for every engine", "[setup]") {
    for (auto const& one : engines()) {
        INFO(one.name);
        auto const once = one.add("", plain);
        REQUIRE(once);
        CHECK(has(*once, "/usr/bin/davit"));
        CHECK(one.add(*once, plain).value() == *once);
        CHECK_FALSE(has(*once, "default"));
        auto const as_default = one.add(*once, by_default);
        REQUIRE(as_default);
        CHECK(*as_default != *once);
        CHECK(one.add(*as_default, by_default).value() == *as_default);
        CHECK(one.add(*as_default, plain).value() == *as_default); // isn't taken back by the way
        auto const removed = one.remove(*as_default);
        REQUIRE(removed);
        CHECK_FALSE(has(*removed, "davit"));
        CHECK(one.remove(*removed).value() == *removed);
    }
}

TEST_CASE("setup: containerd, versions 2 and 3, the rest of the file untouched", "[setup]") {
    std::string const theirs = "# ours\nversion = 2 # really\n\n[plugins]\n"
                               "  [plugins.'io.containerd.grpc.v1.cri'.containerd]\n"
                               "    default_runtime_name = \"runc\"\n"
                               "    snapshotter = \"overlayfs\"\n"
                               "[grpc]\n  address = \"/run/x\"\n";
    auto const added = add_to_containerd(theirs, plain);
    REQUIRE(added);
    CHECK(*added
          == theirs
                 + "\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.davit]\n"
                   "  runtime_type = \"io.containerd.runc.v2\"\n"
                   "  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.davit.options]\n"
                   "    BinaryName = \"/usr/bin/davit\"\n");
    CHECK(remove_from_containerd(*added).value() == theirs);
    auto const as_default = add_to_containerd(theirs, by_default);
    REQUIRE(as_default);
    CHECK(has(*as_default, "containerd]\n  default_runtime_name = \"davit\" # before davit:    "
                           "default_runtime_name = \"runc\"\n    snapshotter"));
    CHECK(remove_from_containerd(*as_default).value() == theirs);

    auto const newer = add_to_containerd("version = 3", by_default);
    REQUIRE(newer);
    CHECK(has(*newer, "version = 3\n\n[plugins.\"io.containerd.cri.v1.runtime\".containerd"));
    CHECK(has(*newer, "[plugins.\"io.containerd.cri.v1.runtime\".containerd]\n"
                      "  default_runtime_name = \"davit\"\n"));
}

TEST_CASE("setup: --remove leaves no table of containerd's that was made for davit", "[setup]") {
    for (std::string const theirs : {"version = 2\n", "version = 3\n"}) {
        auto const added = add_to_containerd(theirs, by_default);
        REQUIRE(added);
        CHECK(remove_from_containerd(*added).value() == theirs);
        CHECK(remove_from_containerd(*added + "\n[grpc]\n  uid = 0\n").value()
              == theirs + "\n[grpc]\n  uid = 0\n");
    }
    // A table with another author's comment stays.
    std::string const commented =
        "version = 3\n\n[plugins.\"io.containerd.cri.v1.runtime\".containerd]\n  # ours\n";
    CHECK(remove_from_containerd(commented + "  default_runtime_name = \"davit\"\n").value()
          == commented);
}

TEST_CASE("setup: what containerd's file can't be changed by is refused", "[setup]") {
    CHECK(has(story(add_to_containerd("root = \"/x\"\n", plain)), "version 1"));
    CHECK(has(story(add_to_containerd("version = 9\n", plain)), "unknown"));
    CHECK(has(story(add_to_containerd("version = 2\n[plugins\n", plain)), "config.toml:2: "));
    CHECK(has(story(add_to_containerd("version = 2\nplugins = {}\n", plain)), "inline table"));
    auto const mine = add_to_containerd("", plain);
    REQUIRE(mine);
    CHECK(has(story(add_to_containerd(*mine, elsewhere)), "another program"));
}

TEST_CASE("setup: Docker's JSON is merged, as its author wrote it", "[setup]") {
    std::string const theirs = "{\n  \"log-driver\": \"journald\",\n  \"runtimes\": {\n    \"x\": "
                               "{\"path\": \"/x\", \"runtimeArgs\": [\"}\\\"\"]}\n  },\n"
                               "  \"mtu\": 1.40e3\n}\n";
    auto const added = add_to_docker(theirs, by_default);
    REQUIRE(added);
    CHECK(*added
          == "{\n  \"log-driver\": \"journald\",\n  \"runtimes\": {\n    \"x\": "
             "{\"path\": \"/x\", \"runtimeArgs\": [\"}\\\"\"]},\n    \"davit\": {\n"
             "      \"path\": \"/usr/bin/davit\"\n    }\n  },\n"
             "  \"mtu\": 1.40e3,\n  \"default-runtime\": \"davit\"\n}\n");
    CHECK(remove_from_docker(*added).value() == theirs);
    CHECK(remove_from_docker(add_to_docker("", plain).value()).value().empty());
    CHECK(has(add_to_docker(" {} \n", plain).value(), "\"davit\""));
    CHECK(has(add_to_docker(R"({"default-runtime":"crun","a":[]})", by_default).value(),
              R"("default-runtime":"davit","a":[])"));
    auto const first = R"({"runtimes":{"davit":{},"b":{}},"c":null})";
    CHECK(remove_from_docker(first).value() == R"({"runtimes":{"b":{}},"c":null})");
    CHECK(remove_from_docker(R"({"runtimes":{"davit":{}},"c":1})").value() == R"({"c":1})");
    CHECK(remove_from_docker(theirs).value() == theirs);

    CHECK(has(story(add_to_docker("{\n\n\"a\": }", plain)), "daemon.json:3: "));
    for (auto const* wrong : {"[]", "7", "{", "{}x", "{\"a\"}", "{\"a\":1,}", "{\"a\":tru}", "{,}",
                              "{\"a\":[1 2]}", "{\"a\":\"\n\"}", "{'a':1}", "{\"a\":\"\\"}) {
        INFO(wrong);
        CHECK(has(story(add_to_docker(wrong, plain)), "by hand"));
    }
    CHECK(has(story(add_to_docker(R"({"runtimes":[]})", plain)), "/runtimes: expected an object"));
    CHECK(has(story(add_to_docker(*added, elsewhere)), "another program"));
    CHECK(
        has(story(add_to_docker("{\"a\":" + std::string(100000, '['), plain)), "daemon.json:1: "));
}

TEST_CASE("setup: a file of somebody else's isn't overwritten", "[setup]") {
    for (auto const* name : {"podman", "crio"}) {
        CHECK(has(story(engine(name).add("[engine]\n", plain)), "davit has not made this file"));
        CHECK(has(story(engine(name).remove("[engine]\n")), "davit has not made this file"));
        auto const moved = engine(name).add(engine(name).add("", by_default).value(), elsewhere);
        REQUIRE(moved);
        CHECK(has(*moved, "/opt/davit"));
        CHECK(has(*moved, "runtime = \"davit\"\n")); // still the default
    }
}

TEST_CASE("setup: TOML is read as far as it takes", "[setup]") {
    std::string const text = "a.b = \"x # \\\" y\" # comment\n'c d' = [ # [\n  1, \"]\",\n]\n"
                             "e = '''\n[no]\n'''''\n [ t . \"u.v\" ] # t\nf={ g = 1 }\n[[h]]\n";
    auto const tables = read_toml(text, "file");
    REQUIRE(tables);
    REQUIRE(tables->size() == 3);
    auto const& top = tables->front();
    REQUIRE(top.keys.size() == 3);
    CHECK(top.keys[0].path == TomlPath{"a", "b"});
    CHECK(top.keys[0].value == "\"x # \\\" y\"");
    CHECK(top.keys[1].path == TomlPath{"c d"});
    CHECK((*tables)[1].path == TomlPath{"t", "u.v"});
    CHECK((*tables)[1].keys.at(0).value == "{ g = 1 }");
    CHECK(text.substr((*tables)[1].begin, 4) == " [ t");
    CHECK((*tables)[2].path == TomlPath{"h"});
    CHECK(read_toml("", "file").value().size() == 1);
    for (auto const* wrong : {"a", "a =", "= 1", "a = [", "a = \"x", "a = 'x\n'", "[a", "[]",
                              "[a]b", "a = 1 ]", "[a.]", "a = \"\"\"x", "\"", "a = \"\\"}) {
        INFO(wrong);
        auto const read = read_toml(wrong, "file");
        REQUIRE_FALSE(read);
        CHECK(has(read.error().story, "file:"));
    }
}
