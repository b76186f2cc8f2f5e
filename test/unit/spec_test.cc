// SPDX-License-Identifier: Apache-2.0
// unit/spec_test.cc - lib/spec: reading, writing, the examples, the state, files.
#include "catch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "davit/config.h"
#include "full_config.h"
#include "json/json.h"
#include "spec/fields.h"

using namespace davit;
using test::full_config;

namespace {

spec::Config example() { return example_config(false, true, 0, 0); }

std::string const minimal = R"({"ociVersion":"1.0.0","root":{"path":"rootfs"}})";

} // namespace

TEST_CASE("the examples are valid and survive the way through text") {
    for (bool const rootless : {false, true})
        for (bool const unified : {false, true}) {
            auto const config = example_config(rootless, unified, 1000, 100);
            REQUIRE(validate(config));
            auto const again = parse_config(write_config(config), "config.json");
            REQUIRE(again);
            CHECK(*again == config);
        }
}

TEST_CASE("a configuration that uses every member survives the way through text") {
    auto const config = full_config();
    auto const again = parse_config(write_config(config), "config.json");
    INFO((again ? "" : again.error().story));
    REQUIRE(again);
    CHECK(*again == config);
    CHECK(json::write(*again) == json::write(config));
    // The text names every row of the field lists, so that full_config() forgets no member.
    for (auto const& row : json::document<spec::Config>()) {
        auto const name = row.pointer.substr(row.pointer.rfind('/') + 1);
        CAPTURE(row.pointer);
        if (row.pointer != "/linux/personality/flags")
            CHECK(write_config(config).find('"' + name + '"') != std::string::npos);
        CHECK_FALSE(row.doc.empty());
    }
}

TEST_CASE("the example is runc's document") {
    auto const text = write_config(example());
    CHECK(text.starts_with(
        "{\n\t\"ociVersion\": \"1.3.0\",\n\t\"process\": {\n\t\t\"terminal\": true,\n"
        "\t\t\"user\": {\n\t\t\t\"uid\": 0,\n\t\t\t\"gid\": 0\n\t\t},\n"
        "\t\t\"args\": [\n\t\t\t\"sh\"\n\t\t],\n"));
    CHECK(text.ends_with("\"/proc/sysrq-trigger\"\n\t\t]\n\t}\n}"));
    CHECK(text.find("\"hostname\": \"davit\"") != text.npos);
    CHECK(
        text.find("\"resources\": {\n\t\t\t\"devices\": [\n\t\t\t\t{\n\t\t\t\t\t\"allow\": false,\n"
                  "\t\t\t\t\t\"access\": \"rwm\"\n\t\t\t\t}\n\t\t\t]\n\t\t}")
        != text.npos);

    auto const rootless = write_config(example_config(true, false, 1000, 100));
    CHECK(rootless.find("\"resources\"") == rootless.npos);
    CHECK(rootless.find("\"network\"") == rootless.npos);
    CHECK(rootless.find("gid=5") == rootless.npos);
    CHECK(rootless.find("\"type\": \"cgroup\"\n\t\t\t}") == rootless.npos);
    CHECK(rootless.find("\"containerID\": 0,\n\t\t\t\t\"hostID\": 1000,\n\t\t\t\t\"size\": 1")
          != rootless.npos);
}

TEST_CASE("a truncated document is an error at every byte") {
    auto const text = write_config(full_config());
    for (std::size_t size = 0; size < text.size(); ++size) {
        auto const result = parse_config(std::string_view(text).substr(0, size), "config.json");
        if (result) FAIL("accepted " << size << " bytes");
        if (!result.error().story.starts_with("config.json:")) FAIL(result.error().story);
    }
}

TEST_CASE("a spoilt byte never crashes") {
    auto const text = write_config(full_config());
    for (std::size_t i = 0; i < text.size(); i += 3)
        for (char const c : {'"', '\0', '{', '9', '\xff'}) {
            auto copy = text;
            copy[i] = c;
            (void)parse_config(copy, "config.json");
        }
}

TEST_CASE("the least that is accepted") {
    auto const config = parse_config(minimal, "config.json");
    REQUIRE(config);
    CHECK_FALSE(config->process);
    CHECK(config->linux == spec::Linux{});
    CHECK(parse_config(R"({"ociVersion":"1.0.0","root":{"path":"r"},"windows":{"layerFolders":[]},
                           "vm":5,"solaris":[],"zos":{},"freebsd":null,"future":{"a":1}})",
                       "config.json"));
}

TEST_CASE("stories of the reader name the file") {
    auto const story = [](std::string_view text) {
        return parse_config(text, "config.json").error().story;
    };
    CHECK(story("{}") == "config.json: /ociVersion: is required, but missing");
    CHECK(story(R"({"ociVersion":"1.0.0"})") == "config.json: /root: is required, but missing");
    CHECK(
        story(R"({"ociVersion":"2.0.0","root":{"path":"r"}})")
        == R"(config.json: /ociVersion: must be 1.x.y, the only major version that davit knows, found "2.0.0")");
    CHECK(story(R"({"linux":{"resources":{"pids":{"limit":"abc"}}}})")
          == R"(config.json: /linux/resources/pids/limit: expected an integer, found "abc")");
    CHECK(
        story(R"({"linux":{"namespaces":[{"type":"net"}]}})")
        == R"(config.json: /linux/namespaces/0/type: expected one of "cgroup", "ipc", "mount", "network", )"
           R"("pid", "time", "user", "uts", found "net")");
    CHECK(story(R"({"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":["X"]}}})")
          == R"(config.json: /linux/seccomp/architectures/0: expected one of 23 names such as )"
             R"("SCMP_ARCH_AARCH64", found "X")");
    CHECK(story(R"({"process":{"cwd":"/","user":{"uid":4294967296,"gid":0}}})")
          == "config.json: /process/user/uid: expected an integer from 0 to 4294967295, found "
             "4294967296");
    CHECK(story("{\n\"a\" 1}") == "config.json:2:5: expected ':', found \"1\"");
}

TEST_CASE("names and values find each other") {
    CHECK(json::name_of(spec::SeccompAction::errno_) == "SCMP_ACT_ERRNO");
    auto const* const network = find(json::names<spec::NamespaceType>, "network");
    REQUIRE(network);
    CHECK(network->value == static_cast<std::uint32_t>(spec::NamespaceType::network));
    CHECK_FALSE(find(json::names<spec::NamespaceType>, "net"));
    CHECK(find(spec::rlimits, "RLIMIT_NOFILE")->number == RLIMIT_NOFILE);
}

TEST_CASE("the state is runc's document") {
    spec::State state;
    state.oci_version = oci_version;
    state.id = "c1";
    state.status = spec::Status::stopped;
    state.bundle = "/b";
    state.rootfs = "/b/rootfs";
    state.created = "2026-08-01T12:00:00.123456789Z";
    CHECK(write_state(state, true) == R"({
  "ociVersion": "1.3.0",
  "id": "c1",
  "pid": 0,
  "status": "stopped",
  "bundle": "/b",
  "rootfs": "/b/rootfs",
  "created": "2026-08-01T12:00:00.123456789Z",
  "owner": ""
})");
    state.annotations = {{"a", "b"}};
    auto const again = json::read<spec::State>(write_state(state, false), "state");
    REQUIRE(again);
    CHECK(*again == state);
}

TEST_CASE("a process and resources can be documents of their own") {
    auto const config = full_config();
    auto const process = parse_process(json::write(*config.process), "process.json");
    REQUIRE(process);
    CHECK(*process == *config.process);
    auto const resources = parse_resources(json::write(config.linux.resources), "-");
    REQUIRE(resources);
    CHECK(*resources == config.linux.resources);
    CHECK(parse_process(R"({"cwd":"x","args":["a"]})", "process.json").error().story
          == R"(process.json: /cwd: must be an absolute path, found "x")");
    CHECK(
        parse_process(R"({"cwd":"/","args":[""],"rlimits":[{"type":"X","hard":1,"soft":1}]})", "p")
            .error()
            .story
        == R"(p: /rlimits/0/type: must be a resource of getrlimit(2), found "X")");
    CHECK(parse_resources(R"({"cpu":{"idle":7}})", "-").error().story
          == "-: /cpu/idle: must be 0 or 1, found 7");
    CHECK(read_process("/nonexistent").error().story
          == "open \"/nonexistent\": no such file or directory");
    CHECK(parse_resources("{}", "-"));
}

TEST_CASE("files") {
    std::string directory = "/tmp/davit-spec-test.XXXXXX";
    REQUIRE(mkdtemp(directory.data()));
    auto const path = directory + "/config.json";
    auto const story = [&](std::string const& p) { return read_config(p.c_str()).error().story; };

    CHECK(story(path) == "JSON specification file config.json not found: \"" + path + "\"");
    CHECK(read_config(path.c_str()).error().errnum == ENOENT);
    CHECK(read_config(path.c_str()).error().kind == Kind::config);
    CHECK(story(directory) == "\"" + directory + "\" is not a file: expected text");
    REQUIRE(mkfifo((directory + "/fifo").c_str(), 0600) == 0);
    {
        std::jthread const writer(
            [&] { std::ofstream(directory + "/fifo") << write_config(full_config()); });
        CHECK(read_config((directory + "/fifo").c_str()) == full_config());
    }
    CHECK(story("/dev/zero") == "read \"/dev/zero\": it has more than 8 MiB");

    std::ofstream(path) << write_config(full_config());
    auto const config = read_config(path.c_str());
    REQUIRE(config);
    CHECK(*config == full_config());

    std::ofstream(path) << "{";
    CHECK(story(path).starts_with("config.json:1:2: expected"));
    REQUIRE(truncate(path.c_str(), 9 << 20) == 0);
    CHECK(story(path) == "read \"" + path + "\": it has more than 8 MiB");
    REQUIRE(truncate(path.c_str(), 1L << 40) == 0);
    CHECK(story(path) == "read \"" + path + "\": it has more than 8 MiB");
    CHECK(story("/proc/self/status").starts_with("status:1:1: expected")); // st_size is 0
    std::filesystem::remove_all(directory);
}
