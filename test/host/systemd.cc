// SPDX-License-Identifier: Apache-2.0
// test/host/systemd.cc - cgroups made by systemd: needs systemd 255 or newer as the host's
// process 1.
//
// systemd.scope(5), systemd.resource-control(5). The tests compare what systemd says with what the
// kernel says, for each limit.

#include <signal.h>
#include <sys/stat.h>

#include "systemd_unit.h"

using namespace host;

namespace {

struct Limit {
    char const* member; // below /linux/resources
    char const* json;
    char const* file;
    char const* value;
    char const* property;
    char const* shown;
};

constexpr Limit limits[] = {
    {"/memory/limit", "67108864", "memory.max", "67108864", "MemoryMax", "67108864"},
    {"/memory/reservation", "33554432", "memory.low", "33554432", "MemoryLow", "33554432"},
    {"/cpu/shares", "512", "cpu.weight", "59", "CPUWeight", "59"},
    {"/cpu/quota", "12345", "cpu.max", "13000 100000", "CPUQuotaPerSecUSec", "130ms"},
    {"/cpu/cpus", "\"0\"", "cpuset.cpus", "0", "AllowedCPUs", "0"},
    {"/pids/limit", "100", "pids.max", "100", "TasksMax", "100"},
    {"/blockIO/weight", "500", "io.weight", "default 4950", "IOWeight", "4950"},
    {"/unified", R"({"memory.high":"50331648"})", "memory.high", "50331648", "MemoryHigh",
     "50331648"},
};

} // namespace

TEST_CASE("systemd: each limit, as systemd and as the kernel has it, also after a reload",
          "[systemd]") {
    if (absent()) return;
    Unit unit;
    for (auto const& limit : limits)
        unit.set(std::string("/linux/resources") + limit.member, limit.json);
    auto const created = unit.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const compare = [&] {
        for (auto const& limit : limits) {
            INFO(limit.member);
            CHECK(property(unit.name, limit.property) == limit.shown);
            CHECK(unit.file(limit.file) == limit.value);
        }
    };
    compare();
    CHECK(property(unit.name, "Delegate") == "yes");
    CHECK(property(unit.name, "Slice") == "system.slice");
    CHECK(property(unit.name, "DevicePolicy") == "strict");
    CHECK(systemctl({"daemon-reload"}).status == 0);
    // systemd writes its files anew when one of them changes.
    CHECK(systemctl({"set-property", "--runtime", unit.name, "MemoryMin=4096"}).status == 0);
    compare();
    CHECK(unit.remove_by_force().status == 0);
}

TEST_CASE("systemd: the container lives in its scope, below its cgroup namespace", "[systemd]") {
    if (absent()) return;
    Unit unit;
    unit.inside({"cgroup"}); // `spec` has a cgroup namespace
    auto const ran = unit.davit({"run", "--bundle", unit.path(), unit.id});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, "\"/\""));
}

TEST_CASE("systemd: properties that annotations name", "[systemd]") {
    if (absent()) return;
    Unit unit;
    unit.set("/annotations", R"({"org.systemd.property.TimeoutStopSec":"uint64 7",)"
                             R"("org.systemd.property.CollectMode":"'inactive'"})");
    REQUIRE(unit.create().status == 0);
    CHECK(property(unit.name, "TimeoutStopUSec") == "7s");
    CHECK(property(unit.name, "CollectMode") == "inactive");
    CHECK(unit.remove_by_force().status == 0);
    unit.set("/annotations", R"({"org.systemd.property.Nonsense":"1"})");
    auto const refused = unit.create();
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "Nonsense"));
}

TEST_CASE("systemd: a create that fails leaves no unit", "[systemd]") {
    if (absent()) return;
    Unit unit;
    unit.mount("/x", "bind", "/nonexistent", {"bind"}); // init's failure
    CHECK(unit.create().status == 1);
    CHECK(property(unit.name, "LoadState") == "not-found");
    Unit other;
    other.set("/linux/resources/unified", R"({"memory.nosuch":"1"})"); // once it is inside
    CHECK(other.create().status == 1);
}

TEST_CASE("systemd: a unit of that name stays whose it is", "[systemd]") {
    if (absent()) return;
    Unit unit;
    REQUIRE(unit.create().status == 0);
    auto const second = unit.davit({"create", "--bundle", unit.path(), unit.id + "-2"});
    CHECK(second.status == 1);
    CHECK(contains(second.err, unit.name));
    CHECK(property(unit.name, "ActiveState") == "active");
    CHECK(unit.davit({"state", unit.id}).status == 0);
    CHECK(unit.remove_by_force().status == 0);
}

TEST_CASE("systemd: a later unit of that name stays whose it is", "[systemd]") {
    if (absent()) return;
    Unit unit;
    REQUIRE(unit.create().status == 0);
    REQUIRE(systemctl({"stop", unit.name}).status == 0); // with all its processes
    auto const second = unit.id + "-2";
    auto const created = unit.davit({"create", "--bundle", unit.path(), second});
    INFO(created.err);
    REQUIRE(created.status == 0);
    CHECK(unit.davit({"delete", unit.id}).status == 0);
    CHECK(property(unit.name, "ActiveState") == "active");
    CHECK(contains(unit.davit({"state", second}).out, "created"));
    CHECK(unit.davit({"delete", "--force", second}).status == 0);
}

TEST_CASE("systemd: before 255, it isn't given a pid of another pid namespace", "[systemd]") {
    bool const runs = exists("/run/systemd/system") && exists("/run/systemd/private");
    if (skip_unless(runs, "systemd isn't process 1 here")
        || skip_unless(!takes_pidfd(), "systemd is 255 or newer")
        || skip_unless(suite().is_davit, "for davit"))
        return;
    Unit unit;
    auto const created = unit.create(); // the suite has a pid namespace of its own
    CHECK(created.status == 1);
    INFO(created.err);
    CHECK(contains(created.err, "knows a process by its number alone"));
}

TEST_CASE("systemd: a create that is killed is cleared up by delete --force", "[systemd]") {
    if (absent()) return;
    Unit unit;
    unit.set("/hooks", R"({"createRuntime":[{"path":"/bin/sleep","args":["sleep","100"]}]})");
    unit.write();
    {
        Command create(
            host::davit({"--systemd-cgroup", "create", "--bundle", unit.path(), unit.id}));
        REQUIRE(eventually([&] { return !unit.file("cgroup.procs").empty(); },
                           std::chrono::seconds(30)));
        create.signal(SIGKILL);
        (void)create.wait();
    }
    CHECK(unit.remove_by_force().status == 0);
    CHECK(eventually([&] { return property(unit.name, "LoadState") == "not-found"; },
                     std::chrono::seconds(20)));
}

TEST_CASE("systemd: a failed unit of that name makes way", "[systemd]") {
    if (absent()) return;
    Unit unit;
    // A scope that outlives its limit is a failed one.
    unit.set("/annotations", R"({"org.systemd.property.RuntimeMaxUSec":"uint64 1000000",
                                 "org.systemd.property.TimeoutStopUSec":"uint64 1000000",
                                 "org.systemd.property.CollectMode":"'inactive'"})");
    REQUIRE(unit.create().status == 0);
    REQUIRE(eventually([&] { return property(unit.name, "ActiveState") == "failed"; },
                       std::chrono::seconds(20)));
    unit.remove("/annotations").write();
    auto const second = unit.id + "-2";
    auto const created = unit.davit({"create", "--bundle", unit.path(), second});
    INFO(created.err);
    CHECK(created.status == 0);
    CHECK(property(unit.name, "ActiveState") == "active");
    CHECK(unit.davit({"delete", "--force", second}).status == 0);
    CHECK(unit.remove_by_force().status == 0);
}

TEST_CASE("systemd: the bus goes and comes during a container's life", "[systemd]") {
    if (absent()) return;
    Unit unit;
    REQUIRE(unit.create().status == 0);
    // A caller that waits for the end hears no more of it.
    CHECK(systemctl({"--no-block", "restart", "dbus.service"}).status == 0);
    CHECK(unit.davit({"state", unit.id}).status == 0);
    CHECK(unit.remove_by_force().status == 0);
}
