// SPDX-License-Identifier: Apache-2.0
// test/host/pause.cc - pause and resume, and what the other commands do to a paused container.

#include <signal.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void fails(Outcome const& outcome, std::string const& message) {
    INFO("stderr: " << outcome.err);
    CHECK_FALSE(outcome.timed_out);
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err, message));
}

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

Outcome pause(Container const& container) { return Container::verb({"pause", container.id()}); }
Outcome resume(Container const& container) { return Container::verb({"resume", container.id()}); }

bool no_freezer() {
    return skip_unless(suite().cgroups != Cgroups::none, "no cgroups to be frozen here");
}

/// Names the signals that reach it; runs, and says so.
class Trapping {
  public:
    Trapping() : container(bundle) {
        bundle.inside({"trap", "USR1", "TERM", ";", "exit", "0"});
        works(container.create());
        works(container.start());
        REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
    }
    Bundle bundle;
    Container container;
};

} // namespace

TEST_CASE("pause: a running container stops and goes on", "[pause]") {
    if (no_freezer()) return;
    Trapping test;
    auto& container = test.container;
    auto const pid = container.pid();
    for (int round = 0; round < 2; ++round) {
        works(pause(container));
        CHECK(container.status() == "paused");
        CHECK(container.pid() == pid);
        fails(pause(container), "container not running: it is paused already");
        works(resume(container));
        CHECK(container.status() == "running");
        fails(resume(container), "container not paused: it is running");
    }
    works(container.kill("TERM"));
    REQUIRE(container.wait_stopped());
    fails(pause(container), "container not running");
    fails(resume(container), "container not paused");
    works(container.remove());
}

TEST_CASE("pause: a signal waits until the container goes on", "[pause][kill]") {
    if (no_freezer()) return;
    Trapping test;
    auto& container = test.container;
    works(pause(container));
    works(container.kill("USR1"));
    works(Container::verb({"kill", "--all", container.id(), "USR1"}));
    nap(std::chrono::milliseconds(200));
    CHECK_FALSE(contains(container.out(), "USR1"));
    CHECK(container.status() == "paused");
    works(resume(container));
    CHECK(eventually([&] { return contains(container.out(), "USR1"); }));
    works(container.remove_by_force());
}

TEST_CASE("pause: SIGKILL ends a paused container", "[pause][kill]") {
    if (no_freezer()) return;
    for (auto const& words : {Words{"kill"}, Words{"kill", "--all"}}) {
        Trapping test;
        works(pause(test.container));
        auto line = words;
        line.insert(line.end(), {test.container.id(), "KILL"});
        works(Container::verb(line));
        REQUIRE(test.container.wait_stopped());
        works(test.container.remove());
    }
}

TEST_CASE("pause: delete wants force", "[pause]") {
    if (no_freezer()) return;
    Trapping test;
    works(pause(test.container));
    fails(test.container.remove(), "that is not stopped: paused");
    CHECK(test.container.status() == "paused");
    works(test.container.remove_by_force());
    CHECK(test.container.status() == "");
}

TEST_CASE("pause: a created container isn't started before it goes on", "[pause]") {
    if (no_freezer()) return;
    Bundle bundle;
    bundle.inside({"echo", "started"});
    Container container(bundle);
    works(container.create());
    works(pause(container));
    CHECK(container.status() == "paused");
    fails(container.start(), "cannot start a container in the paused state");
    fails(container.remove(), "that is not stopped: paused");
    works(resume(container));
    CHECK(container.status() == "created");
    CHECK(container.out().empty());
    works(container.start());
    REQUIRE(container.wait_stopped());
    CHECK(container.out() == "started\n");
    works(container.remove());

    works(container.create());
    works(pause(container));
    works(container.remove_by_force());
}

TEST_CASE("pause: all of a container without a pid namespace", "[pause]") {
    if (no_freezer()) return;
    Bundle bundle;
    bundle.share_namespace("pid");
    bundle.inside({"orphans", "3", ";", "sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
    works(pause(container));
    CHECK(Json(Container::verb({"ps", "--format", "json", container.id()}).out).size() == 4);
    works(container.kill("KILL"));
    REQUIRE(container.wait_stopped());
    works(container.remove());
}

TEST_CASE("pause: kill --all that is interrupted leaves nobody frozen", "[pause][races]") {
    if (no_freezer()) return;
    Bundle bundle;
    bundle.inside({"ignore", "USR1", ";", "orphans", "30", ";", "sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    for (int delay = 0; delay < 25; ++delay) {
        Command command(davit({"kill", "--all", container.id(), "USR1"}));
        nap(std::chrono::milliseconds(delay));
        command.signal(SIGTERM);
        (void)command.wait();
        INFO(delay);
        REQUIRE(container.status() == "running");
    }
}

TEST_CASE("pause: a container that doesn't exist", "[pause]") {
    for (auto const* verb : {"pause", "resume", "ps"})
        fails(Container::verb({verb, unique_name()}), "does not exist");
}

TEST_CASE("pause: a frozen group above isn't thawed, and that is told", "[pause][davit]") {
    if (skip_unless(suite().is_davit, "davit's own words")
        || skip_unless(suite().cgroups != Cgroups::v1, "cgroup.freeze"))
        return;
    Bundle bundle;
    bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + "/below"));
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    auto const above = cgroup_directory("", bundle.cgroup()) + "/cgroup.freeze";
    REQUIRE(write_file(above, "1"));
    CHECK(eventually([&] { return container.status() == "paused"; }));
    fails(resume(container), "is a group above it frozen?");
    REQUIRE(write_file(above, "0"));
    CHECK(eventually([&] { return container.status() == "running"; }));
    works(container.remove_by_force());
}
