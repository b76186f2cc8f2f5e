// SPDX-License-Identifier: Apache-2.0
// test/host/lifecycle.cc - create, start, state, kill, delete, list, run: states, messages, codes.
//
// [runtime.md#lifecycle], and the messages that engines match.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void fails(Outcome const& outcome, std::string const& message, int status = 1) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == status);
    CHECK(contains_any_case(outcome.err, message));
}

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

} // namespace

TEST_CASE("lifecycle: create, start, state, kill, delete", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"trap", "TERM", "USR1", ";", "exit", "0"});
    bundle.set("/annotations", R"({"com.example.key":"value"})");
    Container container(bundle);

    works(container.create());
    auto state = container.state();
    CHECK(state.text("/status") == "created");
    CHECK(state.text("/id") == container.id());
    CHECK(state.text("/bundle") == bundle.path());
    CHECK(state.text("/rootfs") == bundle.rootfs());
    CHECK(state.text("/ociVersion").starts_with("1."));
    CHECK(state.text("/annotations/com.example.key") == "value");
    CHECK(state.text("/created").size() >= std::string("2026-01-01T00:00:00Z").size());
    auto const pid = static_cast<pid_t>(state.number("/pid"));
    CHECK(::kill(pid, 0) == 0);
    CHECK(container.out().empty()); // the user's program has not run

    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
    CHECK(container.status() == "running");
    CHECK(container.pid() == pid);
    works(container.kill("USR1"));
    REQUIRE(eventually([&] { return contains(container.out(), "USR1"); }));
    fails(container.remove(), "not stopped");
    works(container.kill("TERM"));
    REQUIRE(container.wait_stopped());
    CHECK(container.state().number("/pid") <= 0);
    works(container.remove());
    fails(Container::verb({"state", container.id()}), "does not exist");
}

TEST_CASE("lifecycle: a signal's name may be a number, with SIG, in small letters", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"trap", "TERM", "USR1", "HUP", "INT"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
    for (auto const& [name, seen] :
         {std::pair{"1", "HUP"}, {"SIGUSR1", "USR1"}, {"int", "\"INT"}}) {
        works(container.kill(name));
        CHECK(eventually([&] { return contains(container.out(), seen); }));
    }
    fails(container.kill("NOSUCH"), "NOSUCH");
    fails(container.kill("4711"), "4711");
    works(Container::verb({"kill", container.id()})); // SIGTERM
    CHECK(container.wait_stopped());
}

TEST_CASE("lifecycle: a missing container", "[lifecycle]") {
    Leftovers leftovers;
    auto const id = unique_name();
    for (auto const* verb : {"state", "start", "delete", "kill"}) {
        INFO(verb);
        fails(Container::verb({verb, id}), "does not exist");
    }
    works(Container::verb({"delete", "--force", id}));
}

TEST_CASE("lifecycle: commands in the wrong state change nothing", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"trap", "TERM"});
    Container container(bundle);
    works(container.create());
    fails(container.create(), "already exists");
    CHECK(container.status() == "created");
    works(container.start());
    fails(container.start(), "cannot start an already running container");
    CHECK(container.status() == "running");
    fails(container.remove(), "cannot delete container");
    CHECK(container.status() == "running");
    works(container.kill("KILL"));
    REQUIRE(container.wait_stopped());
    fails(container.kill("TERM"), "container not running");
    fails(container.start(), "cannot start a container that has stopped");
    CHECK(container.status() == "stopped");
    fails(container.run(), "already exists");
    CHECK(container.status() == "stopped");
    works(container.remove());
}

TEST_CASE("lifecycle: a created container is deleted without force", "[lifecycle]") {
    Bundle bundle;
    Container container(bundle);
    works(container.create());
    works(container.remove());
    CHECK(container.status() == "");
}

TEST_CASE("lifecycle: a running container is deleted by force", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"orphans", "3", ";", "ignore", "TERM", "INT", ";", "sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
    works(container.remove_by_force());
}

TEST_CASE("lifecycle: delete by force kills all without a pid namespace", "[lifecycle]") {
    Bundle bundle;
    bundle.share_namespace("pid");
    bundle.inside({"orphans", "3", ";", "sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
    works(container.remove_by_force());
}

TEST_CASE("lifecycle: kill --all reaches every process", "[lifecycle]") {
    Bundle bundle;
    bundle.share_namespace("pid");
    bundle.inside({"orphans", "3", ";", "sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
    works(Container::verb({"kill", "--all", container.id(), "KILL"}));
    REQUIRE(container.wait_stopped());
    works(container.remove());
}

TEST_CASE("lifecycle: ids are checked strictly", "[lifecycle]") {
    Bundle bundle;
    bundle.write();
    for (auto const* id : {".", "..", "a/b", "../x", "", "a b", "a\nb", "\xc3\xa4", "a:b"}) {
        INFO("id \"" << id << "\"");
        auto const created = run(davit({"create", "--bundle", bundle.path(), id}));
        CHECK(created.status != 0);
        CHECK(!created.err.empty());
        CHECK(run(davit({"state", id})).status != 0);
        CHECK(run(davit({"delete", id})).status != 0);
    }
    fails(run(davit({"create", "--bundle", bundle.path(), "a/b"})), "invalid container ID format");
    auto const good = unique_name() + "_A.b+c";
    Container container(bundle, good);
    works(container.create());
    CHECK(container.status() == "created");
    works(container.remove());
}

TEST_CASE("lifecycle: arguments that are wrong", "[lifecycle]") {
    Bundle bundle;
    bundle.write();
    CHECK(run(davit({"frobnicate"})).status != 0);
    CHECK(run(davit({"create"})).status != 0);
    CHECK(run(davit({"state"})).status != 0);
    CHECK(run(davit({"state", "a", "b"})).status != 0);
    CHECK(
        run(davit({"create", "--no-such-option", "--bundle", bundle.path(), unique_name()})).status
        != 0);
    fails(run(davit({"create", "--bundle", bundle.path() + "/rootfs", unique_name()})),
          "config.json");
    fails(run(davit({"create", "--bundle", suite().temp + "/missing", unique_name()})), "");
    bundle.write("{\"ociVersion\": ");
    CHECK(run(davit({"create", "--bundle", bundle.path(), unique_name()})).status == 1);
    bundle.write("");
    CHECK(run(davit({"create", "--bundle", bundle.path(), unique_name()})).status == 1);
    bundle.set("/ociVersion", "\"7.0.0\"");
    CHECK(Container(bundle).create().status == 1);
}

TEST_CASE("lifecycle: options come with =, with one dash, and end with --", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"exit", "7"});
    bundle.write();
    auto const& root = suite().state_root;
    auto const& program = suite().runtime;
    CHECK(run({program, "--root=" + root, "run", "--bundle=" + bundle.path(), unique_name()}).status
          == 7);
    CHECK(run({program, "-root", root, "run", "-bundle", bundle.path(), unique_name()}).status
          == 7);
    CHECK(run({program, "--root", root, "run", "-b", bundle.path(), "--", unique_name()}).status
          == 7);
    CommandOptions here;
    here.cwd = bundle.path();
    CHECK(run(davit({"run", unique_name()}), here).status == 7);
    CHECK(run({program, "--root", "/", "state", "x"}).status != 0);
}

TEST_CASE("lifecycle: version and help", "[lifecycle]") {
    auto const version = run({suite().runtime, "--version"});
    works(version);
    CHECK(contains(version.out, " version "));
    CHECK(contains(version.out, "\nspec: 1."));
    auto const help = run({suite().runtime, "--help"});
    works(help);
    for (auto const* verb : {"create", "start", "run", "state", "kill", "delete", "list", "spec"})
        CHECK(contains(help.out, verb));
    works(run({suite().runtime, "create", "--help"}));
}

TEST_CASE("lifecycle: config.json may change after create", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"echo", "first"});
    Container container(bundle);
    works(container.create());
    bundle.inside({"echo", "second"}).write();
    works(container.start());
    REQUIRE(container.wait_stopped());
    CHECK(container.out() == "first\n");
    works(container.remove());
}

TEST_CASE("lifecycle: the pid file", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    auto const file = bundle.path() + "/pid";
    works(container.create({"--pid-file", file}));
    struct stat s = {};
    ::stat(file.c_str(), &s);
    auto const pid = std::to_string(container.pid());
    CHECK(read_file(file) == pid);
    CHECK(static_cast<size_t>(s.st_size) == pid.size()); // no newline
    works(container.remove());
    fails(container.create({"--pid-file", "/nonexistent/pid"}), "no such file or directory");
    CHECK(container.status() == "");
}

TEST_CASE("lifecycle: list", "[lifecycle]") {
    Bundle bundle;
    Container one(bundle), other(bundle);
    bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + "-1"));
    works(one.create());
    bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + "-2"));
    works(other.create());
    works(other.kill("KILL"));
    REQUIRE(other.wait_stopped());

    auto const quiet = Container::verb({"list", "--quiet"});
    works(quiet);
    CHECK(quiet.out == one.id() + "\n" + other.id() + "\n");

    auto const table = Container::verb({"list"});
    works(table);
    CHECK(table.out.starts_with("ID "));
    for (auto const* word : {"PID", "STATUS", "BUNDLE", "CREATED", "OWNER", "created", "stopped"})
        CHECK(contains(table.out, word));

    auto const listed = Container::verb({"list", "--format", "json"});
    works(listed);
    Json const json(listed.out);
    REQUIRE(json.size() == 2);
    CHECK(json.text("/0/id") == one.id());
    CHECK(json.text("/0/status") == "created");
    CHECK(json.number("/0/pid") == one.pid());
    CHECK(json.text("/0/owner") == "root");
    CHECK(json.text("/1/status") == "stopped");
    CHECK(json.number("/1/pid") == 0);
    works(one.remove());
    works(other.remove());
    CHECK(Json(Container::verb({"list", "-f", "json"}).out).dump() == "null");
    CHECK(Container::verb({"list", "--format", "xml"}).status != 0);
}

TEST_CASE("lifecycle: run returns the status, or 128 plus the signal", "[lifecycle]") {
    Bundle bundle;
    for (int status : {0, 1, 42, 255}) {
        bundle.inside({"exit", std::to_string(status)});
        CHECK(Container(bundle).run().status == status);
    }
    bundle.share_namespace("pid"); // pid 1 of a namespace can't kill itself
    for (int number : {SIGKILL, SIGTERM, SIGABRT}) {
        bundle.inside({"kill-self", std::to_string(number)});
        CHECK(Container(bundle).run().status == 128 + number);
    }
}

TEST_CASE("lifecycle: run passes input, output and errors through", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"cat", ";", "warn", "to", "stderr", ";", "lines", "20000"});
    CommandOptions how;
    how.input = std::string("bytes \0\xff\x80\n", 10);
    auto const ran = Container(bundle).run({}, how);
    CHECK(ran.status == 0);
    CHECK(ran.out.starts_with(how.input));
    CHECK(ran.out.ends_with("line 19999\n"));
    CHECK(ran.err == "to stderr\n");
}

TEST_CASE("lifecycle: run forwards signals", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"trap", "HUP", "USR1", "USR2", "TERM", ";", "exit", "9"});
    Container container(bundle);
    auto command = container.run_command();
    REQUIRE(command.wait_for("ready"));
    for (auto const& [number, name] :
         {std::pair{SIGHUP, "HUP"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}}) {
        command.signal(number);
        CHECK(command.wait_for(name));
    }
    command.signal(SIGTERM);
    CHECK(command.wait().status == 9);
    CHECK(container.status() == "");
}

TEST_CASE("lifecycle: run --detach and --keep", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    works(container.run({"--detach"}));
    CHECK(container.status() == "running");
    works(container.remove_by_force());

    bundle.inside({"exit", "3"});
    CHECK(container.run({"--keep"}).status == 3);
    CHECK(container.status() == "stopped");
    works(container.remove());
}

TEST_CASE("lifecycle: run in the foreground deletes when the container was killed", "[lifecycle]") {
    Bundle bundle;
    bundle.inside({"echo", "up", ";", "orphans", "2", ";", "sleep", "60"});
    Container container(bundle);
    auto command = container.run_command();
    REQUIRE(command.wait_for("orphans"));
    works(container.kill("KILL"));
    CHECK(command.wait().status == 137);
    CHECK(container.status() == "");
}

TEST_CASE("lifecycle: the log file", "[lifecycle]") {
    Bundle bundle;
    auto const log = bundle.path() + "/log.json";
    auto const got = run({suite().runtime, "--root", suite().state_root, "--log", log,
                          "--log-format", "json", "state", unique_name()});
    CHECK(got.status == 1);
    CHECK(contains(got.err, "does not exist"));
    Json const record(read_file(log));
    CHECK(record.text("/level") == "error");
    CHECK(contains(record.text("/msg"), "does not exist"));
    CHECK(!record.text("/time").empty());
}

TEST_CASE("lifecycle: spec writes once", "[lifecycle]") {
    Leftovers leftovers;
    auto const directory = suite().temp + "/spec";
    ::mkdir(directory.c_str(), 0755);
    works(run({suite().runtime, "spec", "-b", directory}));
    Json const config(read_file(directory + "/config.json"));
    CHECK(config.text("/process/args/0") == "sh");
    CHECK(config.number("/process/rlimits/0/hard") == 1024);
    fails(run({suite().runtime, "spec", "-b", directory}), "Remove it first");
    remove_tree(directory);
    ::mkdir(directory.c_str(), 0755);
    works(run({suite().runtime, "spec", "--rootless", "-b", directory}));
    CHECK(read_file(directory + "/config.json").find("\"user\"") != std::string::npos);
    remove_tree(directory);
}

TEST_CASE("lifecycle: explain says what would be done, and does nothing", "[lifecycle][davit]") {
    Bundle bundle;
    if (skip_unless(suite().is_davit, "explain is davit's own")) return;
    bundle.write();
    auto const before = Snapshot::take();
    auto const plan = Container::verb({"explain", bundle.path()});
    works(plan);
    for (auto const* word : {"proc", "/dev/pts", "/dev/null", "/proc/kcore"})
        CHECK(contains(plan.out, word));
    CHECK(Container::verb({"explain", "--bundle", bundle.path()}).out == plan.out);
    CHECK(appeared_since(before) == "");
}

TEST_CASE("lifecycle: --trace writes the phases", "[lifecycle][davit]") {
    Bundle bundle;
    if (skip_unless(suite().is_davit, "--trace is davit's own")) return;
    bundle.inside({"exit", "0"}).write();
    auto const file = bundle.path() + "/trace.json";
    works(Container::verb({"run", "--trace", file, "--bundle", bundle.path(), unique_name()}));
    Json const trace(read_file(file));
    auto const array = trace.has("/traceEvents") ? std::string("/traceEvents") : std::string();
    REQUIRE(trace.size(array) > 5);
    CHECK(!trace.text(array + "/0/name").empty());
}
