// SPDX-License-Identifier: Apache-2.0
// test/shim/core/lifecycle.cc - a container and its execs, from create to delete; order of events.
#include <signal.h>
#include <sys/wait.h>

#include "shim.h"

using namespace host;
using namespace std::chrono_literals;
using Events = std::vector<std::string>;

TEST_CASE("lifecycle: create, start, exec, kill, wait, delete", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto& core = shim.core();
    auto request = shim.request(bundle);
    auto const id = request.id;
    shim::ProcessId const own{id, ""};
    auto const pid = shim.must(core.create(request));
    CHECK(core.state(own)->phase == shim::Phase::created);
    CHECK(core.state(own)->pid == pid);
    CHECK(core.state(own)->bundle == bundle.path());
    CHECK(shim.must(core.start(own)) == pid);
    CHECK(core.state(own)->phase == shim::Phase::running);
    CHECK(*core.pid(id) == pid);

    auto const added = shim.exec(id, "e1", {"/inside", "sleep", "100"});
    auto const pids = shim.must(core.pids(id));
    REQUIRE(pids.size() == 2);
    for (auto const& one : pids) CHECK(one.exec == (one.pid == added ? "e1" : ""));

    auto waiting = shim.begin(core.wait({id, "e1"}));
    auto waiting_own = shim.begin(core.wait(own));
    shim.run_for(20ms);
    CHECK_FALSE(waiting->has_value());
    CHECK(shim.good(core.kill({id, "e1"}, SIGTERM, false)));
    REQUIRE(shim.until([&] { return waiting->has_value(); }));
    CHECK((**waiting)->status == 128 + SIGTERM);
    CHECK((**waiting)->pid == added);
    CHECK(core.state({id, "e1"})->phase == shim::Phase::stopped);
    CHECK(core.state({id, "e1"})->exit.status == 128 + SIGTERM);
    CHECK(shim.must(core.remove({id, "e1"})).status == 128 + SIGTERM);
    CHECK(shim.run(core.remove({id, "e1"})).error().kind == davit::Kind::not_found);

    CHECK(shim.good(core.kill(own, SIGKILL, false)));
    REQUIRE(shim.until([&] { return waiting_own->has_value(); }));
    CHECK(shim.must(core.wait(own)).status == 137); // late, and still answered
    CHECK(shim.run(core.kill(own, SIGTERM, false)).error().kind == davit::Kind::not_found);
    CHECK(shim.must(core.remove(own)).status == 137);
    CHECK(core.state(own).error().kind == davit::Kind::not_found);
    CHECK(shim.events
          == Events{"create " + id, "start " + id, "added e1", "started e1", "exit e1 143",
                    "exit " + id + " 137", "delete " + id + " 137"});
    CHECK(core.containers() == 0);
    core.shutdown();
    CHECK(shim.finished == 1);
}

TEST_CASE("lifecycle: a process that dies at once has started before", "[shim]") {
    Bundle bundle;
    bundle.inside({"exit", "7"});
    Shim shim;
    for (int i = 0; i < 20; ++i) {
        shim.events.clear();
        auto const id = shim.running(bundle);
        CHECK(shim.must(shim.core().wait({id, ""})).status == 7);
        CHECK(shim.must(shim.core().remove({id, ""})).status == 7);
        CHECK(shim.events
              == Events{"create " + id, "start " + id, "exit " + id + " 7", "delete " + id + " 7"});
    }
}

TEST_CASE("lifecycle: execs' ends are told before the container's", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    bool const shares = GENERATE(false, true); // a pid namespace, with whose end they don't end
    if (shares) bundle.share_namespace("pid");
    Shim shim;
    auto const id = shim.running(bundle);
    for (auto const* exec : {"a", "b", "c"}) shim.exec(id, exec, {"/inside", "sleep", "100"});
    shim.events.clear();
    // A signal for one process alone.
    (void)::kill(*shim.core().pid(id), SIGKILL);
    CHECK(shim.must(shim.core().wait({id, ""})).status == 137);
    REQUIRE(shim.events.size() == 4);
    CHECK(shim.events.back() == "exit " + id + " 137");
    CHECK(shim.must(shim.core().remove({id, ""})).status == 137);
}

TEST_CASE("lifecycle: many immediate ends of execs, in order", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto const id = shim.running(bundle);
    for (int i = 0; i < 50; ++i) {
        auto const exec = "e" + std::to_string(i);
        shim.events.clear();
        shim.exec(id, exec, {"/inside", "exit", std::to_string(i)});
        CHECK(shim.must(shim.core().wait({id, exec})).status == static_cast<unsigned>(i));
        (void)shim.must(shim.core().remove({id, exec}));
        CHECK(shim.events
              == Events{"added " + exec, "started " + exec,
                        "exit " + exec + " " + std::to_string(i)});
    }
    shim.remove(id);
}

TEST_CASE("lifecycle: a program that isn't there", "[shim]") {
    Bundle bundle;
    bundle.set("/process/args", R"(["/nowhere"])");
    Shim shim;
    auto request = shim.request(bundle);
    auto const id = request.id;
    auto const created = shim.run(shim.core().create(request));
    if (created) { // only start may find it out
        auto const started = shim.run(shim.core().start({id, ""}));
        REQUIRE_FALSE(started.has_value());
        CHECK(started.error().story.starts_with("OCI runtime start failed: "));
        CHECK(shim.good(shim.core().wait({id, ""})));
        CHECK(shim.good(shim.core().remove({id, ""})));
    } else {
        CHECK(created.error().story.starts_with("OCI runtime create failed: "));
        CHECK(shim.events.empty());
    }
    CHECK(shim.core().containers() == 0);
}

TEST_CASE("lifecycle: an exec that can't be executed leaves nothing, and the container lives",
          "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto const id = shim.running(bundle);
    REQUIRE(shim.add(id, "bad", {"/nowhere"}).has_value());
    CHECK(shim.add(id, "bad", {"/nowhere"}).error().kind == davit::Kind::exists);
    auto const started = shim.run(shim.core().start({id, "bad"}));
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().story.starts_with("OCI runtime exec failed: exec failed: "));
    CHECK(shim.core().state({id, "bad"})->phase == shim::Phase::created);
    CHECK(shim.run(shim.core().kill({id, "bad"}, SIGTERM, false)).error().story
          == "process not created");
    CHECK(shim.must(shim.core().remove({id, "bad"})).pid == 0);
    CHECK(shim.core().state({id, ""})->phase == shim::Phase::running);
    shim.remove(id);
}
