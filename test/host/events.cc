// SPDX-License-Identifier: Apache-2.0
// test/host/events.cc - `events`: the numbers move with what the container does, OOM kills are
// told, and it ends when there is nothing more to tell.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

using namespace std::chrono_literals;

constexpr double mib = 1 << 20;

bool unified() { return suite().cgroups == Cgroups::unified; }

bool lacks(char const* name) {
    return skip_unless(!controller(name).empty(), std::string("no ") + name + " controller here");
}

Json once(Container const& container) {
    auto const told = Container::verb({"events", "--stats", container.id()});
    INFO(told.err);
    REQUIRE(told.status == 0);
    REQUIRE(std::count(told.out.begin(), told.out.end(), '\n') == 1);
    return Json(told.out);
}

std::vector<Json> lines(std::string const& out) {
    std::vector<Json> all;
    for (std::size_t at = 0; at < out.size();) {
        auto const end = out.find('\n', at);
        REQUIRE(end != out.npos); // whole lines only
        all.emplace_back(out.substr(at, end - at));
        at = end + 1;
    }
    return all;
}

/// Every member's pointer, but of those whose being there depends on the moment or the version.
void shape(Json const& json, std::string const& at, std::set<std::string>& into) {
    for (auto const& key : json.keys(at)) {
        auto const pointer = at + "/" + key;
        if (key == "psi" || key == "throttling" || pointer == "/data/memory/cache"
            || pointer == "/data/blkio" || pointer == "/data/hugetlb")
            continue;
        // Newer versions leave out a memory entry in which all is 0.
        if (json.size(pointer) == 2 && json.number(pointer + "/limit") == 0
            && json.number(pointer + "/failcnt") == 0)
            continue;
        into.insert(pointer);
        shape(json, pointer, into);
    }
}

} // namespace

TEST_CASE("events: one line of statistics, that of this container", "[events]") {
    Bundle bundle;
    bundle.set("/linux/resources/pids", R"({"limit":77})");
    if (controller("pids").empty()) bundle.remove("/linux/resources/pids");
    bundle.inside({"burn", "300", ";", "eat", "33554432", ";", "echo", "done", ";", "sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const before = once(container);
    CHECK(before.text("/type") == "stats");
    CHECK(before.text("/id") == container.id());
    REQUIRE(container.start().status == 0);
    REQUIRE(eventually([&] { return contains(container.out(), "done"); }, 60s));
    auto const after = once(container);
    INFO(before.dump() << '\n' << after.dump());
    if (unified() || !controller("cpuacct").empty()) {
        auto const* const total = "/data/cpu/usage/total"; // nanoseconds
        auto const burnt =
            Json(container.out().substr(0, container.out().find('\n'))).number("/burn/cpu_ms");
        CHECK(burnt > 0);
        CHECK(after.number(total) - std::max(0.0, before.number(total)) >= 0.8e6 * burnt);
        CHECK(after.number(total) < 60e9);
    }
    CHECK(after.number("/data/pids/current") == 1);
    CHECK(after.number("/data/pids/limit") == (controller("pids").empty() ? -1 : 77));
    CHECK(after.dump("/data/network_interfaces") == "null"); // "lo" doesn't count
    CHECK(after.dump("/data/intel_rdt") == "{}");
    if (!controller("memory").empty()) {
        auto const grown =
            after.number("/data/memory/usage/usage") - before.number("/data/memory/usage/usage");
        CHECK(grown >= 31 * mib);
        CHECK(grown < 48 * mib);
        CHECK(after.number("/data/memory/usage/max") >= 32 * mib);
        CHECK(after.number(unified() ? "/data/memory/raw/anon" : "/data/memory/raw/rss")
              >= 32 * mib);
    }
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("events: throttling, pressure and writing", "[events]") {
    if (lacks("cpu")) return;
    Bundle bundle;
    bundle.set("/linux/resources/cpu", R"({"quota":10000,"period":100000})");
    bundle.inside({"burn", "60", ";", "echo", "done", ";", "sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(eventually([&] { return contains(container.out(), "done"); }, 60s));
    auto const stats = once(container);
    INFO(stats.dump());
    CHECK(stats.number("/data/cpu/throttling/periods") > 0);
    CHECK(stats.number("/data/cpu/throttling/throttledPeriods") > 0);
    CHECK(stats.number("/data/cpu/throttling/throttledTime") > 1e6);
    if (exists(cgroup_directory("", bundle.cgroup()) + "/cpu.pressure")) {
        CHECK(stats.has("/data/cpu/psi"));
        CHECK(stats.number("/data/cpu/psi/some/total") > 0); // throttled tasks wait
    }
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("events: line after line, to the container's end", "[events]") {
    Bundle bundle;
    bundle.inside({"burn", "1500", ";", "exit", "0"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    Command events(davit({"events", "--interval", "200ms", container.id()}));
    REQUIRE(container.start().status == 0);
    auto const ended = events.wait();
    INFO(ended.err);
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.status == 0);
    auto const told = lines(ended.out);
    REQUIRE(told.size() >= 3);
    if (unified() || !controller("cpuacct").empty()) {
        auto const* const total = "/data/cpu/usage/total";
        CHECK(told.back().number(total) > told.front().number(total));
    }
    auto const stopped = Container::verb({"events", container.id()});
    CHECK(stopped.status == 1);
    CHECK(contains(stopped.err, "container with id " + container.id() + " is not running"));
    CHECK(container.remove().status == 0);
}

TEST_CASE("events: wrong intervals, unknown containers", "[events]") {
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const fails = [&](Words const& words, char const* story) {
        auto const told = Container::verb(words);
        INFO(told.err);
        CHECK(told.status == 1);
        CHECK(contains(told.err, story));
    };
    fails({"events", "--interval", "0s", container.id()},
          "duration interval must be greater than 0");
    fails({"events", "--interval", "soon", container.id()}, "interval");
    fails({"events", "no-such-container"}, "does not exist");
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("events: ends with its reader, and by a signal", "[events]") {
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    std::string line;
    for (auto const& word : davit({"events", "--interval", "50ms", container.id()}))
        line += "'" + word + "' ";
    auto const piped = host::run({"sh", "-c", line + "| head -n 1"});
    INFO(piped.err);
    CHECK_FALSE(piped.timed_out);
    CHECK(piped.err.empty());
    CHECK(lines(piped.out).size() == 1);

    for (auto const number : {SIGTERM, SIGINT}) {
        Command events(davit({"events", "--interval", "50ms", container.id()}));
        REQUIRE(events.wait_for("stats"));
        events.signal(number);
        auto const ended = events.wait();
        CHECK(ended.status == 128 + number);
        CHECK(ended.err.empty());
        CHECK_FALSE(lines(ended.out).empty());
    }
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("events: out of memory", "[events]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.set("/linux/resources/memory", R"({"limit":20971520,"swap":20971520})");
    bundle.inside({"eat", "104857600", ";", "exit", "0"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    Command events(davit({"events", "--interval", "1h", container.id()}));
    Command twice(davit({"events", "--interval", "1h", container.id()}));
    nap(500ms * (unified() ? 4 : 1)); // the guest is slow
    REQUIRE(container.start().status == 0);
    for (auto* const each : {&events, &twice}) {
        auto const ended = each->wait();
        INFO(ended.err);
        CHECK_FALSE(ended.timed_out);
        CHECK(ended.status == 0);
        auto const told = lines(ended.out);
        REQUIRE_FALSE(told.empty());
        CHECK(told.front().dump() == R"({"type":"oom","id":")" + container.id() + R"("})");
    }
    CHECK(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("events: interfaces of the container's own network", "[events]") {
    if (skip_unless(suite().is_davit, "runc knows none")) return;
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const ip = [&](Words words) {
        auto const net = "--net=/proc/" + std::to_string(container.pid()) + "/ns/net";
        words.insert(words.begin(), {"nsenter", net, "ip"});
        return host::run(words).status == 0;
    };
    if (!skip_unless(ip({"link", "add", "vt0", "type", "veth", "peer", "name", "vt1"}),
                     "no ip(8), or no veth")) {
        REQUIRE(ip({"link", "set", "vt0", "up"}));
        REQUIRE(ip({"link", "set", "vt1", "up"})); // IPv6 says hello
        auto const* const all = "/data/network_interfaces";
        REQUIRE(eventually(
            [&] { return once(container).number(std::string(all) + "/0/TxPackets") > 0; }));
        auto const stats = once(container);
        CHECK(stats.size(all) == 2);
        CHECK(stats.text(std::string(all) + "/0/Name").starts_with("vt"));
    }
    CHECK(container.remove_by_force().status == 0);

    bundle.share_namespace("network"); // the host's traffic is not the container's
    Container sharing(bundle);
    REQUIRE(sharing.create().status == 0);
    CHECK(once(sharing).dump("/data/network_interfaces") == "null");
    CHECK(sharing.remove_by_force().status == 0);
}

TEST_CASE("events: the members that runc prints", "[events]") {
    if (skip_unless(exists("/usr/sbin/runc"), "/usr/sbin/runc isn't installed")) return;
    auto const root = suite().temp + "/runc-root";
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    std::set<std::string> ours, theirs;
    shape(once(container), "", ours);
    CHECK(container.remove_by_force().status == 0);

    bundle.write();
    auto const id = unique_name();
    auto const runc = [&](Words words, CommandOptions const& how = {}) {
        words.insert(words.begin(), {"runc", "--root", root});
        return host::run(words, how);
    };
    bool const runs = runc({"create", "--bundle", bundle.path(), id}).status == 0;
    auto const told = runs ? runc({"events", "--stats", id}) : Outcome{};
    if (runs) CHECK(runc({"delete", "--force", id}).status == 0);
    remove_tree(root);
    if (skip_unless(told.status == 0, "no runc here, or it can't work with these cgroups")) return;
    shape(Json(told.out), "", theirs);
    INFO(told.out);
    CHECK(ours == theirs);
}
