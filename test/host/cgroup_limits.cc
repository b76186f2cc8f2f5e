// SPDX-License-Identifier: Apache-2.0
// test/host/cgroup_limits.cc - each resource of config.json, as the kernel's file shows it after
// create.
//
// [config-linux.md#control-groups]. Runs on v1, hybrid and, with --unified, on cgroup2 alone; the
// guests have the controllers that this machine lacks.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "box.h"
#include "catch.h"
#include "updated.h"

using namespace host;

namespace {

struct File {
    char const* controller;
    char const* name;
    char const* value;
};

struct Limit {
    char const* pointer; ///< below /linux/resources
    char const* json;
    File v1, v2;           ///< without a name: there is none
    bool optional = false; ///< the kernel may have been built without this file
};

constexpr File none{};
constexpr char net_priority[] = R"([{"name":"lo","priority":5}])";

constexpr Limit limits[] = {
    {"/memory/limit",
     "67108864",
     {"memory", "memory.limit_in_bytes", "67108864"},
     {"memory", "memory.max", "67108864"}},
    {"/memory/limit",
     "-1",
     {"memory", "memory.limit_in_bytes", "9223372036854771712"},
     {"memory", "memory.max", "max"}},
    {"/memory/reservation",
     "33554432",
     {"memory", "memory.soft_limit_in_bytes", "33554432"},
     {"memory", "memory.low", "33554432"}},
    {"/memory/swappiness", "7", {"memory", "memory.swappiness", "7"}, none, true},
    {"/memory/kernelTCP",
     "33554432",
     {"memory", "memory.kmem.tcp.limit_in_bytes", "33554432"},
     none,
     true},
    {"/pids/limit", "37", {"pids", "pids.max", "37"}, {"pids", "pids.max", "37"}},
    {"/pids/limit", "-1", {"pids", "pids.max", "max"}, {"pids", "pids.max", "max"}},
    {"/pids/limit", "0", {"pids", "pids.max", "0"}, {"pids", "pids.max", "0"}},
    {"/cpu/shares", "2", {"cpu", "cpu.shares", "2"}, {"cpu", "cpu.weight", "1"}},
    {"/cpu/shares", "1024", {"cpu", "cpu.shares", "1024"}, {"cpu", "cpu.weight", "100"}},
    {"/cpu/shares", "262144", {"cpu", "cpu.shares", "262144"}, {"cpu", "cpu.weight", "10000"}},
    {"/cpu/quota",
     "50000",
     {"cpu", "cpu.cfs_quota_us", "50000"},
     {"cpu", "cpu.max", "50000 100000"}},
    {"/cpu/period",
     "50000",
     {"cpu", "cpu.cfs_period_us", "50000"},
     {"cpu", "cpu.max", "max 50000"}},
    {"/cpu",
     R"({"quota":50000,"burst":20000})",
     {"cpu", "cpu.cfs_burst_us", "20000"},
     {"cpu", "cpu.max.burst", "20000"}},
    {"/cpu/idle", "1", {"cpu", "cpu.idle", "1"}, {"cpu", "cpu.idle", "1"}},
    {"/cpu/realtimePeriod", "500000", {"cpu", "cpu.rt_period_us", "500000"}, none, true},
    {"/cpu/realtimeRuntime", "1000", {"cpu", "cpu.rt_runtime_us", "1000"}, none, true},
    {"/cpu/cpus", "\"0\"", {"cpuset", "cpuset.cpus", "0"}, {"cpuset", "cpuset.cpus", "0"}},
    {"/cpu/mems", "\"0\"", {"cpuset", "cpuset.mems", "0"}, {"cpuset", "cpuset.mems", "0"}},
    {"/blockIO/weight",
     "300",
     {"blkio", "blkio.bfq.weight", "300"},
     {"io", "io.weight", "default 2930"},
     true},
    {"/network/classID", "1048577", {"net_cls", "net_cls.classid", "1048577"}, none},
    {"/network/priorities", net_priority, {"net_prio", "net_prio.ifpriomap", "lo 5"}, none},
    {"/unified", R"({"memory.high":"50331648"})", none, {"memory", "memory.high", "50331648"}},
};

/// systemd can't limit a group to 0 processes; a limit of 1 is the same: the container's process.
bool is_rounded(Limit const& limit) {
    return suite().systemd && std::string(limit.pointer) == "/pids/limit"
           && std::string(limit.json) == "0";
}

/// Whether a line of the file begins so.
bool has_line(std::string const& content, std::string const& line) {
    return contains("\n" + content + "\n", "\n" + line + "\n");
}

bool has_word(std::string const& line, std::string const& word) {
    return contains(" " + line + " ", " " + word + " ");
}

} // namespace

TEST_CASE("cgroup: each limit is what the kernel's file says", "[cgroup]") {
    bool any = false;
    for (auto const& limit : limits) {
        INFO(limit.pointer << " " << limit.json);
        auto const member = std::string("/linux/resources") + limit.pointer;
        Bundle bundle;
        bundle.set(member, limit.json);
        auto const& file = unified() ? limit.v2 : limit.v1;
        if (!file.name) {
            // On a hybrid host, cgroup2 may have it.
            if (suite().cgroups != Cgroups::hybrid) refused(bundle, member);
            continue;
        }
        if (controller(file.controller).empty()) continue;
        any = true;
        Container container(bundle);
        auto const created = container.create();
        INFO(created.err);
        if (created.status != 0 && limit.optional) {
            CHECK(contains(created.err, std::string("/") + file.name));
            CHECK(contains(created.err, "no such file or directory"));
            continue;
        }
        REQUIRE(created.status == 0);
        auto const group = cgroup_directory(file.controller, bundle.cgroup());
        auto const said = read_file(group + "/" + file.name);
        INFO(file.name << ": " << said);
        CHECK(has_line(said, is_rounded(limit) ? "1" : file.value));
        CHECK(container.remove().status == 0);
    }
    (void)skip_unless(any, "no memory, pids, cpu, cpuset or blkio controller here");
}

TEST_CASE("cgroup: huge pages, used and reserved", "[cgroup]") {
    auto const v2 = cgroup_directory("", "");
    bool const on_v2 = has_word(read_file(v2 + "/cgroup.controllers"), "hugetlb");
    if (skip_unless((on_v2 || !controller("hugetlb").empty())
                        && exists("/sys/kernel/mm/hugepages/hugepages-2048kB"),
                    "no hugetlb controller, or no pages of 2 MiB, here"))
        return;
    Bundle bundle;
    bundle.set("/linux/resources/hugepageLimits", R"([{"pageSize":"2MB","limit":4194304}])");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const group = cgroup_directory(on_v2 ? "" : "hugetlb", bundle.cgroup());
    auto const ending = std::string(on_v2 ? "max" : "limit_in_bytes");
    CHECK(read_file(group + "/hugetlb.2MB." + ending) == "4194304");
    CHECK(read_file(group + "/hugetlb.2MB.rsvd." + ending) == "4194304");
    CHECK(container.remove().status == 0);
}

TEST_CASE("cgroup: handles and objects of an RDMA device", "[cgroup]") {
    if (lacks("rdma")) return;
    // The kernel refuses a missing device; the file is the right one.
    Bundle bundle;
    bundle.set("/linux/resources/rdma", R"({"nosuch0":{"hcaHandles":3,"hcaObjects":10000}})");
    refused(bundle,
            "/linux/resources/rdma/nosuch0: write \"nosuch0 hca_handle=3 hca_object=10000\"");
    std::error_code error;
    std::string name;
    for (auto const& entry : std::filesystem::directory_iterator("/sys/class/infiniband", error))
        name = entry.path().filename().string();
    if (skip_unless(!name.empty(), "no RDMA device here")) return;
    bundle.set("/linux/resources/rdma",
               "{" + json_quote(name) + R"(:{"hcaHandles":3,"hcaObjects":10000}})");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const group = cgroup_directory("rdma", bundle.cgroup());
    CHECK(contains(read_file(group + "/rdma.max"), name + " hca_handle=3 hca_object=10000"));
    CHECK(container.remove().status == 0);
}

TEST_CASE("cgroup: memory and swap", "[cgroup]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.set("/linux/resources/memory", R"({"limit":67108864,"swap":134217728})");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const directory = cgroup_directory("memory", bundle.cgroup());
    auto const file = directory + (unified() ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes");
    if (!exists(file)) // a kernel without swap accounting
        (void)skip_unless(false, "no " + file);
    else
        CHECK(read_file(file) == (unified() ? "67108864" : "134217728"));
    CHECK(container.remove().status == 0);
}

TEST_CASE("cgroup: a value that the kernel refuses: file, value and reason", "[cgroup]") {
    struct Row {
        char const* controller;
        char const* pointer;
        char const* json;
        char const* v1;
        char const* v2;
    };
    bool any = false;
    for (auto const& [name, pointer, json, v1, v2] :
         {Row{"cpuset", "/cpu/mems", "\"77\"", "write \"77\" to \"", nullptr},
          Row{"cpuset", "/cpu/cpus", "\"9999\"", "write \"9999\" to \"", nullptr},
          Row{"cpu", "/cpu/period", "999", "write \"999\" to \"", "write \"max 999\" to \""},
          Row{"cpu", "/cpu/quota", "999", "write \"999\" to \"", "write \"999 100000\" to \""}}) {
        auto const* const words = unified() ? v2 : v1;
        if (controller(name).empty() || !words) continue;
        any = true;
        INFO(pointer << " " << json);
        Bundle bundle;
        bundle.set(std::string("/linux/resources") + pointer, json);
        // (systemd would round it to whole percents of a CPU, or refuse it itself.)
        bundle.set("/linux/cgroupsPath", json_quote("/" + unique_name()));
        auto const before = Snapshot::take();
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 1);
        CHECK(contains(ran.err, std::string("/linux/resources") + pointer + ": " + words));
        CHECK(contains(ran.err, std::string(name == std::string("cpu") ? "cpu." : "cpuset.")));
        CHECK((contains(ran.err, "invalid argument") || contains(ran.err, "out of range")));
        if (suite().is_davit && name == std::string("cpuset"))
            CHECK(contains(ran.err, " (the cgroup above allows 0"));
        CHECK(appeared_since(before) == "");
    }
    (void)skip_unless(any, "no cpu or cpuset controller here");
}

TEST_CASE("cgroup: groups above are fit for those below", "[cgroup]") {
    bool any = false;
    auto const top = "/" + unique_name();
    Bundle bundle;
    bundle.set("/linux/cgroupsPath", json_quote(top + "/middle/own"));
    if (!controller("pids").empty()) bundle.set("/linux/resources/pids/limit", "30");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    if (unified()) {
        auto const pids = !controller("pids").empty();
        for (auto const& path : {top, top + "/middle"}) {
            if (!pids) continue;
            any = true;
            CHECK(has_word(read_file(cgroup_directory("pids", path) + "/cgroup.subtree_control"),
                           "pids"));
        }
    } else if (!controller("cpuset").empty()) {
        any = true;
        // A new cpuset is empty: it takes no process, and no value for a set below.
        for (auto const& path : {top, top + "/middle", top + "/middle/own"})
            for (auto const* const name : {"/cpuset.cpus", "/cpuset.mems"}) {
                auto const all = read_file(cgroup_directory("cpuset", "") + name);
                CHECK(read_file(cgroup_directory("cpuset", path) + name) == all);
            }
    }
    CHECK(container.remove().status == 0);
    for (auto const* const name : {"", "cpuset", "pids"})
        CHECK_FALSE(exists(cgroup_directory(name, top)));
    (void)skip_unless(any, "neither v1's cpuset nor v2's pids controller here");
}

TEST_CASE("cgroup: a limit that the container's process fills is one for those to come",
          "[cgroup][exec]") {
    if (lacks("pids")) return;
    // In a joined pid namespace, init needs a second process.
    for (auto const& [limit, joined] :
         {std::pair{"0", false}, {"1", false}, {"0", true}, {"1", true}}) {
        INFO(limit << ", joined pid namespace: " << joined);
        Bundle bundle;
        bundle.set("/linux/resources/pids/limit", limit);
        if (joined) bundle.join_namespace("pid", "/proc/self/ns/pid");
        // A path for davit's own driver: systemd can't express 0.
        bundle.set("/linux/cgroupsPath", json_quote("/" + unique_name()));
        Box const box(bundle);
        auto const group = cgroup_directory("pids", bundle.config().text("/linux/cgroupsPath"));
        CHECK(read_file(group + "/pids.max") == limit);
        CHECK(read_file(group + "/pids.current") == "1");
        // The kernel counts forks, not moves: init of an exec is forked in another group and moved
        // in, as runc's is. On v2, processes of that group would see it, and might trace it.
        bool const is_seen = joined && suite().cgroups == Cgroups::unified;
        auto const added = box.exec({}, {"ids"});
        INFO(added.err);
        CHECK((added.status == 0) == !is_seen);
        CHECK(contains(added.err, "as many processes as it may") == is_seen);
        CHECK(read_file(group + "/pids.current") == "1");
        CHECK(box.status() == "running");
        CHECK(Container::verb({"update", "--pids-limit", "20", box.id()}).status == 0);
        CHECK(box.exec({}, {"ids"}).status == 0);
    }
}
