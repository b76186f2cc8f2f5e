// SPDX-License-Identifier: Apache-2.0
// test/host/races.cc - commands that race on one container, many lives at once, a killed create.

#include <signal.h>
#include <unistd.h>

#include <deque>

#include "catch.h"
#include "container.h"
#include "leftovers.h"

using namespace host;

namespace {

/// Starts all of them at once; returns their outcomes.
std::vector<Outcome> at_once(std::vector<Words> const& lines) {
    std::deque<Command> commands;
    for (auto const& line : lines) commands.emplace_back(line);
    std::vector<Outcome> outcomes;
    for (auto& command : commands) outcomes.push_back(command.wait());
    return outcomes;
}

int succeeded(std::vector<Outcome> const& outcomes) {
    int count = 0;
    for (auto const& outcome : outcomes) count += outcome.status == 0;
    return count;
}

std::string errors(std::vector<Outcome> const& outcomes) {
    std::string text;
    for (auto const& outcome : outcomes)
        if (outcome.status != 0) text += outcome.err;
    return text;
}

} // namespace

TEST_CASE("races: two creates of one id, one wins", "[races]") {
    for (int round = 0; round < 20; ++round) {
        Bundle bundle;
        bundle.write();
        auto const id = unique_name();
        Words const line = davit({"create", "--bundle", bundle.path(), id});
        auto const outcomes = at_once({line, line});
        INFO(errors(outcomes));
        CHECK(succeeded(outcomes) == 1);
        auto const before = Container::verb({"state", id});
        CHECK(Json(before.out).text("/status") == "created");
        CHECK(Container::verb({"delete", id}).status == 0);
    }
}

TEST_CASE("races: siblings come and go below groups that the last of them removes",
          "[races][cgroup]") {
    // Each round removes the parents, or nearly, while other rounds make them.
    constexpr int siblings = 3;
    if (skip_unless(!suite().systemd, "systemd makes its groups one by one")) return;
    auto const above = "/" + unique_name();
    std::deque<Bundle> bundles(2 * siblings);
    std::vector<std::string> ids;
    for (auto& bundle : bundles) {
        ids.push_back(unique_name());
        bundle.set("/linux/cgroupsPath", json_quote(above + "/a/b/" + ids.back())).write();
    }
    auto const create = [&](std::size_t i) {
        return davit({"create", "--bundle", bundles[i].path(), ids[i]});
    };
    auto const remove = [&](std::size_t i) { return davit({"delete", "--force", ids[i]}); };
    auto const before = Snapshot::take();
    std::vector<Words> lines;
    for (std::size_t i = 0; i < siblings; ++i) lines.push_back(create(i));
    std::size_t old = 0;
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(suite().all ? 30 : 4);
    for (;;) {
        auto const outcomes = at_once(lines);
        INFO(errors(outcomes));
        REQUIRE(succeeded(outcomes) == static_cast<int>(lines.size()));
        if (std::chrono::steady_clock::now() > end) break;
        lines.clear();
        for (std::size_t i = 0; i < siblings; ++i) {
            lines.push_back(remove(old + i));
            lines.push_back(create(siblings - old + i));
        }
        old = siblings - old;
    }
    for (std::size_t i = 0; i < siblings; ++i) CHECK(run(remove(old + i)).status == 0);
    CHECK(appeared_since(before) == "");
}

TEST_CASE("races: two starts, one wins", "[races]") {
    for (int round = 0; round < 20; ++round) {
        Bundle bundle;
        bundle.inside({"echo", "once", ";", "sleep", "60"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const line = davit({"start", container.id()});
        auto const outcomes = at_once({line, line});
        INFO(errors(outcomes));
        CHECK(succeeded(outcomes) == 1);
        CHECK(eventually([&] { return container.out() == "once\n"; }));
        CHECK(container.status() == "running");
        CHECK(container.remove_by_force().status == 0);
    }
}

TEST_CASE("races: start, kill, state and delete at once", "[races]") {
    for (int round = 0; round < 20; ++round) {
        Bundle bundle;
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const& id = container.id();
        auto const outcomes =
            at_once({davit({"start", id}), davit({"kill", id, "KILL"}), davit({"state", id}),
                     davit({"delete", "--force", id}), davit({"list"})});
        for (auto const& outcome : outcomes) {
            CHECK_FALSE(outcome.timed_out);
            CHECK(outcome.status <= 1);
        }
        CHECK(Container::verb({"delete", "--force", id}).status == 0);
        CHECK(container.status() == "");
    }
}

TEST_CASE("races: create and delete by force of one id", "[races]") {
    for (int round = 0; round < 20; ++round) {
        Bundle bundle;
        bundle.write();
        auto const id = unique_name();
        auto const outcomes = at_once(
            {davit({"create", "--bundle", bundle.path(), id}), davit({"delete", "--force", id})});
        for (auto const& outcome : outcomes) CHECK_FALSE(outcome.timed_out);
        CHECK(Container::verb({"delete", "--force", id}).status == 0);
    }
}

TEST_CASE("races: fifty lives at once", "[races]") {
    constexpr int count = 50;
    std::deque<Bundle> bundles(count);
    std::deque<Container> containers;
    for (auto& bundle : bundles) {
        bundle.inside({"trap", "TERM", ";", "exit", "5"}).write();
        containers.emplace_back(bundle);
    }
    auto const all = [&](auto words) {
        std::vector<Words> lines;
        for (int i = 0; i < count; ++i) lines.push_back(davit(words(i)));
        auto const outcomes = at_once(lines);
        INFO(errors(outcomes));
        CHECK(succeeded(outcomes) == count);
    };
    auto const i_th = [&](int i) { return containers[static_cast<size_t>(i)].id(); };
    all([&](int i) {
        return Words{"create", "--bundle", bundles[static_cast<size_t>(i)].path(), i_th(i)};
    });
    all([&](int i) { return Words{"start", i_th(i)}; });
    all([&](int i) { return Words{"state", i_th(i)}; });
    all([&](int i) { return Words{"kill", i_th(i), "KILL"}; });
    for (auto& container : containers) CHECK(container.wait_stopped());
    all([&](int i) { return Words{"delete", i_th(i)}; });
}

TEST_CASE("races: fifty runs at once", "[races]") {
    // systemd starts them one by one, and davit waits for half a minute at most.
    auto const count = suite().systemd ? 50 / suite().patience : 50;
    std::deque<Bundle> bundles(static_cast<size_t>(count));
    std::deque<Container> containers;
    std::deque<Command> commands;
    for (int i = 0; i < count; ++i) {
        auto& bundle = bundles[static_cast<size_t>(i)];
        bundle.inside({"echo", std::to_string(i), ";", "exit", std::to_string(i)});
        commands.push_back(containers.emplace_back(bundle).run_command());
    }
    for (int i = 0; i < count; ++i) {
        auto const outcome = commands[static_cast<size_t>(i)].wait();
        INFO(outcome.err);
        CHECK(outcome.status == i);
        CHECK(outcome.out == std::to_string(i) + "\n");
    }
}

TEST_CASE("races: create killed after any delay is undone by delete by force", "[races]") {
    // The range is the duration of a clean create; the moment of the kill matters, so every step
    // counts. (faults.cc kills it at each of its system calls.)
    auto const begin = std::chrono::steady_clock::now();
    {
        Bundle bundle;
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        CHECK(container.remove().status == 0);
    }
    auto const clean = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    int const rounds = suite().all ? 300 : 40;
    for (int round = 0; round < rounds; ++round) {
        Bundle bundle;
        bundle.write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        Command create(davit({"create", "--bundle", bundle.path(), id}));
        ::usleep(static_cast<useconds_t>(clean.count() * round / rounds));
        create.signal(SIGKILL);
        (void)create.wait();
        auto const removed = Container::verb({"delete", "--force", id});
        INFO("killed after " << clean.count() * round / rounds << " us; delete: " << removed.err);
        CHECK(removed.status == 0);
        CHECK(appeared_since(before) == "");
    }
}

TEST_CASE("races: start killed after any delay leaves a container that can be deleted", "[races]") {
    int const rounds = suite().all ? 200 : 20;
    for (int round = 0; round < rounds; ++round) {
        Bundle bundle;
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        Command start(davit({"start", container.id()}));
        ::usleep(static_cast<useconds_t>(round * 150));
        start.signal(SIGKILL);
        (void)start.wait();
        auto const status = container.status();
        CHECK((status == "created" || status == "running"));
        CHECK(container.remove_by_force().status == 0);
    }
}

TEST_CASE("races: a pid that was used again is not signalled", "[races]") {
    // davit doesn't see the container's process die; its state must never lead to another process
    // of that pid.
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const pid = container.pid();
    ::kill(pid, SIGKILL);
    REQUIRE(container.wait_stopped());
    auto const last = "/proc/sys/kernel/ns_last_pid"; // ours: the suite's own pid namespace
    REQUIRE(eventually([&] { return ::kill(pid, 0) < 0; }));
    if (!write_file(last, std::to_string(pid - 1))) {
        (void)skip_unless(false, "cannot choose a pid through ns_last_pid");
        return;
    }
    Command stranger({suite().inside, "trap", "TERM", "USR1"});
    if (stranger.pid() != pid) {
        (void)skip_unless(false, "the pid could not be had again");
        return;
    }
    REQUIRE(stranger.wait_for("ready"));
    CHECK(container.status() == "stopped");
    CHECK(container.kill("USR1").status == 1);
    CHECK(container.remove_by_force().status == 0);
    CHECK(stranger.running());
    CHECK_FALSE(contains(stranger.out(), "USR1"));
}
