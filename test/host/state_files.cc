// SPDX-License-Identifier: Apache-2.0
// test/host/state_files.cc - special files in place of regular ones, a missing root, records cut
// short by a crash.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "box.h"

using namespace host;

namespace {

/// A process for exec that says `word`.
std::string says(Bundle& bundle, std::string const& word) {
    Json process(bundle.config().dump("/process"));
    return process.set("/args", R"(["/inside","echo",)" + json_quote(word) + "]").dump();
}

bool is_there(pid_t pid) {
    auto const status = read_file("/proc/" + std::to_string(pid) + "/status");
    return !status.empty() && !contains(status, "State:\tZ") && !contains(status, "State:\tX");
}

} // namespace

TEST_CASE("files: exec's process comes from stdin, a FIFO, a pipe of the shell's", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const text = says(bundle, "ok");
    CommandOptions how;
    how.input = text;
    auto const from_stdin = run(davit({"exec", "--process", "/dev/stdin", box.id()}), how);
    INFO(from_stdin.err);
    CHECK(from_stdin.out == "ok\n");

    auto const file = bundle.path() + "/process", fifo = bundle.path() + "/fifo";
    REQUIRE(write_file(file, text));
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    Words words = {"sh", "-c", "cat " + file + " >" + fifo + " & cat " + file + R"( | "$@")", "-"};
    auto const through = [&](std::string const& source) {
        auto all = words;
        for (auto const& word : davit({"exec", "--process", source, box.id()})) all.push_back(word);
        return run(all);
    };
    CHECK(through(fifo).out == "ok\n");
    words[2] = "cat " + file + R"( | "$@")";
    CHECK(through("/dev/fd/0").out == "ok\n");
    CHECK(contains(through(bundle.path()).err, "is not a file"));
    CHECK(contains(through("/dev/zero").err, "8 MiB"));
}

TEST_CASE("files: config.json may be a FIFO", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"echo", "ok"}).write();
    auto const config = bundle.path() + "/config.json", text = bundle.path() + "/text";
    REQUIRE(::rename(config.c_str(), text.c_str()) == 0);
    REQUIRE(::mkfifo(config.c_str(), 0600) == 0);
    Container const container(bundle);
    Words words = {"sh", "-c", "cat " + text + " >" + config + R"( & exec "$@")", "-"};
    for (auto const& word : davit({"run", "--bundle", bundle.path(), container.id()}))
        words.push_back(word);
    auto const ran = run(words);
    INFO(ran.err);
    CHECK(ran.out == "ok\n");
}

TEST_CASE("list: a root that was named is there", "[lifecycle]") {
    auto const root = suite().temp + "/no-such-root";
    auto const listed = run({suite().runtime, "--root", root, "list"});
    CHECK(listed.status == 1);
    CHECK(contains(listed.err, root));
    REQUIRE(::mkdir(root.c_str(), 0700) == 0);
    CHECK(run({suite().runtime, "--root", root, "list"}).status == 0);
    ::rmdir(root.c_str());
}

TEST_CASE("list: says nothing of containers that go while it looks", "[lifecycle][races]") {
    Bundle bundle;
    bundle.inside({"echo", "gone"}).write();
    Container const container(bundle);
    Words words = {"sh", "-c", R"(for i in 1 2 3 4 5 6 7 8 9 10; do "$@" >/dev/null; done)", "-"};
    for (auto const& word : davit({"run", "--bundle", bundle.path(), container.id()}))
        words.push_back(word);
    Command lives(words);
    while (lives.running()) {
        auto const listed = run(davit({"list"}));
        CHECK((listed.status == 0 || contains(listed.err, "no such file"))); // no root yet
        CHECK(!contains(listed.err, container.id()));
    }
}

TEST_CASE("kill: all of a container that has stopped", "[kill]") {
    Bundle bundle;
    bundle.inside({"exit", "0"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(container.wait_stopped());
    for (auto const* signal : {"0", "TERM", "KILL"})
        CHECK(run(davit({"kill", "--all", container.id(), signal})).status == 0);
    CHECK(container.remove().status == 0);
}

TEST_CASE("delete: of a container whose record is damaged", "[lifecycle]") {
    Bundle bundle;
    for (auto const* damage : {"empty", "half", "garbage", "missing"}) {
        INFO(damage);
        Box box(bundle);
        auto const pid = box.pid();
        auto const file = suite().state_root + "/" + box.id() + "/state";
        auto const record = read_file(file);
        REQUIRE(!record.empty());
        std::string const how = damage;
        if (how == "missing")
            REQUIRE(::unlink(file.c_str()) == 0);
        else
            REQUIRE(write_file(file, how == "empty"  ? ""
                                     : how == "half" ? record.substr(0, record.size() / 2)
                                                     : "%%%"));
        if (how == "empty" || how == "garbage") {
            auto const state = run(davit({"state", box.id()}));
            CHECK(state.status == 1);
            CHECK(contains(state.err, "\"" + file + "\" is damaged"));
            CHECK(contains(state.err, "\"davit delete --force " + box.id() + "\""));
            CHECK(run(davit({"delete", box.id()})).status == 1);
        }
        auto const listed = run(davit({"list"}));
        CHECK(listed.status == 0);
        CHECK(is_there(pid));
        auto const removed = box.remove_by_force();
        INFO(removed.err);
        CHECK(removed.status == 0);
        CHECK(!is_there(pid));
        CHECK(!exists(suite().state_root + "/" + box.id()));
    }
}

TEST_CASE("delete: of a container of which nothing can be read says what is left to do",
          "[lifecycle]") {
    Bundle bundle;
    Box box(bundle);
    auto const directory = suite().state_root + "/" + box.id();
    auto const state = read_file(directory + "/state"), config = read_file(directory + "/config");
    REQUIRE(write_file(directory + "/state", "%"));
    REQUIRE(write_file(directory + "/config", "%"));
    auto const refused = box.remove_by_force();
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, directory));
    REQUIRE(write_file(directory + "/state", state));
    REQUIRE(write_file(directory + "/config", config));
    CHECK(box.remove_by_force().status == 0);
}
