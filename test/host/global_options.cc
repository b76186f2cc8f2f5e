// SPDX-License-Identifier: Apache-2.0
// test/host/global_options.cc - options before the verb, and those for people: each one's effect.

#include <sys/stat.h>

#include "box.h"

using namespace host;

namespace {

Outcome with(Words const& globals, Words const& verb) {
    Words words = {suite().runtime, "--root", suite().state_root};
    words.insert(words.end(), globals.begin(), globals.end());
    words.insert(words.end(), verb.begin(), verb.end());
    return run(words);
}

/// explain draws a file that --trace has written; the picture has that span.
void is_drawn(std::string const& file, std::string const& span) {
    auto const drawn = run({suite().runtime, "explain", "--timeline", file});
    INFO(drawn.out << drawn.err);
    CHECK(drawn.status == 0);
    CHECK(contains(drawn.out, "process "));
    CHECK(contains(drawn.out, span));
    CHECK(contains(drawn.out, "#"));
}

} // namespace

TEST_CASE("globals: --debug and --log-level decide what is written", "[globals][davit]") {
    Bundle bundle;
    if (skip_unless(suite().is_davit, "davit's own words")) return;
    Box const box(bundle);
    Words const exec = {"exec", "--cap", "CAP_NOSUCH", box.id(), "/inside", "exit", "0"};
    CHECK(contains(with({}, exec).err, "CAP_NOSUCH"));
    CHECK(contains(with({"--log-level", "warning"}, exec).err, "CAP_NOSUCH"));
    auto const quiet = with({"--log-level", "error"}, exec);
    CHECK(quiet.status == 0);
    CHECK(quiet.err.empty());
    CHECK_FALSE(contains(with({}, exec).err, "init works"));
    for (Words const& loud : {Words{"--debug"}, Words{"--log-level", "debug"}}) {
        auto const said = with(loud, exec).err;
        CHECK(contains(said, "init works"));
        CHECK(contains(said, "Z\" level=debug msg=\"")); // logfmt, after time="…
    }
    CHECK(contains(with({"--log-level", "error"}, {"state", unique_name()}).err, "does not exist"));
}

TEST_CASE("globals: --log-format is that of --log", "[globals]") {
    Bundle bundle;
    auto const log = bundle.path() + "/log";
    CHECK(with({"--log", log, "--log-format", "text"}, {"state", unique_name()}).status == 1);
    CHECK(contains(read_file(log), "level=error"));
    CHECK(with({"--log", log, "--log-format", "json"}, {"state", unique_name()}).status == 1);
    auto const both = read_file(log); // appended
    CHECK(contains(both, "level=error"));
    CHECK(contains(both, "\"level\":\"error\""));
}

TEST_CASE("globals: seccomp's skipped rules are in the log, and on stderr with --debug",
          "[globals][seccomp][davit]") {
    if (skip_unless(suite().is_davit, "davit's own words")) return;
    Bundle bundle;
    bundle.inside({"exit", "0"});
    bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
        {"names":["no_such_call","acct"],"action":"SCMP_ACT_ERRNO"},
        {"names":["nor_this_one"],"action":"SCMP_ACT_ALLOW"}]})");
    bundle.write();
    auto const log = bundle.path() + "/log";
    Words const verb = {"run", "--bundle", bundle.path(), unique_name()};
    auto const told = "config.json: /linux/seccomp/syscalls/0: SCMP_ACT_ERRNO for "
                      "\"no_such_call\": libseccomp ";
    auto const plain = with({}, verb);
    CHECK(plain.status == 0);
    CHECK(plain.err.empty()); // engines would pass it on

    auto const logged = with({"--log", log, "--log-format", "json"}, verb);
    CHECK(logged.status == 0);
    CHECK(logged.err.empty());
    Json const record(read_file(log)); // one line: the second time from the cache
    CHECK(record.text("/level") == "warning");
    CHECK(contains(record.text("/msg"), told));

    auto const loud = with({"--debug"}, verb);
    CHECK(loud.status == 0);
    CHECK(contains(loud.err, std::string("warning: ") + told));
    CHECK_FALSE(contains(loud.err, "nor_this_one"));
    CHECK(with({"--log", log + ".2", "--log-level", "error"}, verb).status == 0);
    CHECK(read_file(log + ".2").empty());
}

TEST_CASE("globals: --cgroup-manager disabled makes no group", "[globals][cgroup][davit]") {
    Bundle bundle;
    if (skip_unless(suite().is_davit, "runc has no such option")) return;
    bundle.remove("/linux/cgroupsPath").remove("/linux/resources").inside({"sleep", "60"});
    bundle.write();
    auto const id = unique_name();
    auto const made =
        with({"--cgroup-manager", "disabled"}, {"create", "--bundle", bundle.path(), id});
    INFO(made.err);
    REQUIRE(made.status == 0);
    auto const pid = Json(Container::verb({"state", id}).out).dump("/pid");
    CHECK(read_file("/proc/" + pid + "/cgroup") == read_file("/proc/self/cgroup"));
    CHECK(Container::verb({"delete", "--force", id}).status == 0);
}

TEST_CASE("globals: --trace of create, start and exec, drawn by explain", "[globals][davit]") {
    Bundle bundle;
    if (skip_unless(suite().is_davit, "--trace is davit's own")) return;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    auto const file = bundle.path() + "/trace.json";
    REQUIRE(container.create({"--trace", file}).status == 0);
    is_drawn(file, "create");
    REQUIRE(Container::verb({"start", "--trace", file, container.id()}).status == 0);
    is_drawn(file, "start");
    auto const ran =
        Container::verb({"exec", "--trace", file, container.id(), "/inside", "exit", "0"});
    REQUIRE(ran.status == 0);
    is_drawn(file, "exec");
    auto const none = run({suite().runtime, "explain", "--timeline", "/nonexistent"});
    CHECK(none.status == 1);
    CHECK(contains(none.err, "/nonexistent"));
}

TEST_CASE("globals: help, and as a man page", "[globals][davit]") {
    if (skip_unless(suite().is_davit, "davit's own words")) return;
    auto const shown = run({suite().runtime, "help", "exec"});
    CHECK(shown.status == 0);
    CHECK(run({suite().runtime, "exec", "--help"}).out == shown.out);
    auto const page = run({suite().runtime, "help", "--man", "exec"});
    CHECK(page.status == 0);
    CHECK(contains(page.out, ".TH \"DAVIT\\-EXEC\" 8"));
    CHECK(contains(run({suite().runtime, "help", "--man"}).out, ".TH \"DAVIT\" 8"));
}

TEST_CASE("globals: run --no-subreaper leaves orphans to others; its pid file", "[globals]") {
    for (bool const adopts : {true, false}) {
        Bundle bundle;
        bundle.share_namespace("pid").inside({"orphans", "1", ";", "sleep", "60"});
        Container container(bundle);
        auto const file = bundle.path() + "/run.pid";
        Words options = {"--pid-file", file};
        if (!adopts) options.emplace_back("--no-subreaper");
        bundle.write();
        auto command = container.run_command(options);
        REQUIRE(command.wait_for("orphans"));
        auto const first = read_file(file);
        CHECK(first == std::to_string(container.pid()));
        Json const pids(Container::verb({"ps", "--format", "json", container.id()}).out);
        REQUIRE(pids.size() == 2);
        auto const orphan = pids.dump(pids.dump("/0") == first ? "/1" : "/0");
        auto const parent = adopts ? command.pid() : 1; // the suite's own process 1
        CHECK(contains(read_file("/proc/" + orphan + "/status"),
                       "\nPPid:\t" + std::to_string(parent) + "\n"));
        CHECK(container.remove_by_force().status == 0);
        (void)command.wait();
    }
}
