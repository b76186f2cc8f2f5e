// SPDX-License-Identifier: Apache-2.0
// test/host/lifecycle_errors.cc - runtime.md's MUSTs about errors: no effect, non-zero, a message.
//
// [runtime.md#operations]

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void fails(Outcome const& outcome, std::string const& message) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(contains_any_case(outcome.err, message));
}

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

} // namespace

TEST_CASE("lifecycle: each operation needs an id", "[lifecycle]") {
    Bundle bundle;
    bundle.write();
    CommandOptions here;
    here.cwd = bundle.path();
    for (auto const* verb : {"create", "start", "state", "kill", "delete"}) {
        INFO(verb);
        auto const outcome = run(davit({verb}), here);
        CHECK(outcome.status == 1);
        CHECK(!outcome.err.empty());
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("lifecycle: a container without a process is created, and not started", "[lifecycle]") {
    Bundle bundle;
    bundle.remove("/process");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    CHECK(container.status() == "created");
    auto const pid = container.pid();
    fails(container.start(), "process");
    CHECK(container.status() == "created"); // as if it had not been attempted
    CHECK(container.pid() == pid);
    CHECK(container.kill("KILL").status == 0);
    REQUIRE(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("lifecycle: a config.json that can't be fulfilled makes no container", "[lifecycle]") {
    struct Wrong {
        char const* pointer;
        char const* json;
    };
    for (auto const& [pointer, json] : {Wrong{"/process/cwd", "\"relative\""},
                                        {"/root/path", "\"missing\""},
                                        {"/mounts/0/type", "\"nosuchfilesystem\""},
                                        {"/linux/namespaces/0/path", "\"/nonexistent\""},
                                        {"/process/args", "[]"}}) {
        INFO(pointer);
        Bundle bundle; // which checks that nothing is left
        bundle.set(pointer, json);
        Container container(bundle);
        auto const outcome = container.create();
        CHECK(outcome.status == 1);
        CHECK(!outcome.err.empty());
        CHECK(container.status() == "");
        fails(container.start(), "does not exist");
    }
}

TEST_CASE("lifecycle: an id is free again after delete", "[lifecycle]") {
    Bundle bundle;
    Container container(bundle);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(container.create().status == 0);
        CHECK(container.status() == "created");
        CHECK(container.remove().status == 0);
        fails(container.remove(), "does not exist");
    }
}

namespace {

struct Call {
    std::string role, index;
};

Words joined(Words words, Words const& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// The first call `name` of process `role`, davit or its init, in a clean run of `command`.
/// `feeder` starts that.
Call first_call(std::string const& role, std::string const& name, Words const& command,
                Words const& feeder = {}) {
    auto const file = suite().temp + "/calls";
    works(run(joined(feeder, joined({suite().fault, "--list", file, "--"}, command))));
    std::istringstream lines(read_file(file));
    ::unlink(file.c_str());
    std::string called;
    for (Call call; lines >> call.role >> call.index >> called;)
        if (call.role == role && called == name) return call;
    return {};
}

Outcome with_fault(Call const& call, int errnum, Words const& command, Words const& feeder = {}) {
    Words const fault = {suite().fault, call.role, call.index, std::to_string(errnum), "--"};
    return run(joined(feeder, joined(fault, command)));
}

/// config.json becomes a FIFO. The result, in front of a command, writes its text into it once.
Words make_fifo(std::string const& bundle) {
    auto const config = bundle + "/config.json", copy = bundle + "/copy";
    REQUIRE(::rename(config.c_str(), copy.c_str()) == 0);
    REQUIRE(::mkfifo(config.c_str(), 0600) == 0);
    return {"/bin/sh", "-c", R"(cat "$0" >"$1" & shift; exec "$@")", copy, config};
}

} // namespace

TEST_CASE("lifecycle: a cgroup that goes while init is born is made anew, all else done once",
          "[lifecycle][cgroup][faults]") {
    if (skip_unless(suite().is_davit && suite().cgroups != Cgroups::none, "no cgroups here"))
        return;
    Bundle bundle;
    auto const seen = bundle.path() + "/seen";
    bundle.set("/hooks", R"({"createRuntime":[{"path":"/bin/sh","args":["sh","-c","echo x >>)"
                             + seen + R"("]}]})");
    bundle.inside({"echo", "in"}).write();
    auto const words = [&] { return davit({"run", "--bundle", bundle.path(), unique_name()}); };
    auto const birth = first_call("0", "clone3", words());
    REQUIRE(birth.index != "");
    ::unlink(seen.c_str());
    auto const at_once = with_fault(birth, ENODEV, words());
    INFO(at_once.err);
    CHECK(at_once.out == "in\n");
    CHECK(read_file(seen) == "x");
    // Which group it was; here it can't be had again.
    auto const move = first_call("1", "write", words());
    if (suite().cgroups != Cgroups::unified) {
        auto const refused = with_fault(move, EIO, words());
        INFO(refused.err);
        CHECK(contains(refused.err, "move davit's init to the container's cgroups: write \"0\" to "
                                    "\"/sys/fs/cgroup/"));
        CHECK(contains(refused.err, "/tasks\": input/output error"));
        CHECK(with_fault(move, ENODEV, words()).out == "in\n");
    }
}

TEST_CASE("lifecycle: config.json may be a FIFO, also where create tries a second time",
          "[lifecycle][faults]") {
    if (skip_unless(suite().is_davit && suite().cgroups != Cgroups::none, "no cgroups here"))
        return;
    Bundle bundle;
    bundle.inside({"echo", "in"}).write();
    auto const words = [&] { return davit({"run", "--bundle", bundle.path(), unique_name()}); };
    auto const feeder = make_fifo(bundle.path());
    auto const birth = first_call("0", "clone3", words(), feeder);
    REQUIRE(birth.index != "");
    auto const ran = with_fault(birth, ENODEV, words(), feeder);
    INFO(ran.err);
    CHECK_FALSE(ran.timed_out);
    CHECK(ran.out == "in\n");
}

TEST_CASE("lifecycle: signals end run and create while they wait for config.json", "[lifecycle]") {
    Bundle bundle;
    bundle.write();
    auto const config = bundle.path() + "/config.json";
    REQUIRE(::unlink(config.c_str()) == 0);
    REQUIRE(::mkfifo(config.c_str(), 0600) == 0);
    for (auto const* verb : {"run", "create"})
        for (int const signal : {SIGINT, SIGTERM}) {
            INFO(verb << ", signal " << signal);
            Command waiting(davit({verb, "--bundle", bundle.path(), unique_name()}));
            nap(std::chrono::milliseconds(200));
            CHECK(waiting.running());
            waiting.signal(signal);
            auto const ran = waiting.wait();
            CHECK_FALSE(ran.timed_out);
            CHECK(ran.status == 128 + signal);
        }
}

TEST_CASE("lifecycle: kill --all of a stopped container without groups has nobody to reach",
          "[lifecycle]") {
    if (skip_unless(suite().is_davit, "an option of davit's")) return;
    Bundle bundle;
    bundle.remove("/linux/cgroupsPath").remove("/linux/resources").inside({"exit", "0"}).write();
    auto const id = unique_name();
    works(run(
        davit({"--cgroup-manager", "disabled", "run", "--keep", "--bundle", bundle.path(), id})));
    for (auto const* signal : {"0", "TERM", "KILL"}) {
        works(run(davit({"kill", "--all", id, signal})));
        CHECK(contains(run(davit({"kill", id, signal})).err, "container not running"));
    }
    works(run(davit({"delete", id})));
}
