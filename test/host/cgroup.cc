// SPDX-License-Identifier: Apache-2.0
// test/host/cgroup.cc - membership, what happens at a limit, what is refused.
//
// [config-linux.md#control-groups]. Runs on v1, hybrid and, with --unified, on cgroup2 alone.

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

bool unified() { return suite().cgroups == Cgroups::unified; }

bool lacks(char const* name) {
    return skip_unless(!controller(name).empty(), std::string("no ") + name + " controller here");
}

} // namespace

TEST_CASE("cgroup: files of cgroup2 by name", "[cgroup]") {
    if (skip_unless(suite().cgroups == Cgroups::unified || suite().cgroups == Cgroups::hybrid,
                    "no cgroup2 here")
        || skip_unless(suite().is_davit, "runc 1.1 takes them on cgroup2 alone"))
        return;
    Bundle bundle;
    bundle.set("/linux/resources/unified",
               R"({"cgroup.max.depth":"3","cgroup.max.descendants":"7"})");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const group = cgroup_directory("", bundle.cgroup());
    CHECK(read_file(group + "/cgroup.max.depth") == "3");
    CHECK(read_file(group + "/cgroup.max.descendants") == "7");
    CHECK(container.remove().status == 0);
    Bundle none;
    none.set("/linux/resources/unified", R"({"cgroup.nosuch":"1"})");
    refused(none, "/linux/resources/unified/cgroup.nosuch");
}

TEST_CASE("cgroup: the process is in the group in every hierarchy", "[cgroup]") {
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const membership = read_file("/proc/" + std::to_string(container.pid()) + "/cgroup");
    INFO(membership);
    std::istringstream lines(unified() ? "" : membership);
    for (std::string line; std::getline(lines, line);) {
        // "9:cpu,cpuacct:/…", "1:name=systemd:/…", "0::/…"
        auto const begin = line.find(':') + 1, end = line.find(':', begin);
        auto const name = line.substr(begin, line.find_first_of(",:", begin) - begin);
        bool const is_mounted =
            name.empty() ? suite().cgroups == Cgroups::hybrid : !controller(name).empty();
        if (!is_mounted) continue;
        INFO(name);
        CHECK(line.substr(end + 1) == bundle.cgroup());
    }
    if (unified()) CHECK(contains(membership + "\n", "0::" + bundle.cgroup() + "\n"));
    CHECK(container.remove().status == 0);
    for (auto const* name : {"", "memory", "pids", "devices"}) {
        auto const directory = cgroup_directory(name, bundle.cgroup());
        CHECK((directory.empty() || !exists(directory)));
    }
}

TEST_CASE("cgroup: without a path the group is made below ours", "[cgroup]") {
    Bundle bundle;
    bundle.remove("/linux/cgroupsPath").inside({"cgroup"});
    Container container(bundle);
    auto const ran = container.run();
    INFO(ran.err);
    CHECK(ran.status == 0);
}

TEST_CASE("cgroup: a relative and a nested path", "[cgroup]") {
    for (auto const* form : {"", "/"}) {
        Bundle bundle;
        auto const top = bundle.cgroup().substr(1);
        bundle.share_namespace("cgroup"); // which would hide the path
        bundle.set("/linux/cgroupsPath", json_quote(form + top)).inside({"cgroup"});
        CHECK(report(bundle)["cgroup"].dump().find(top) != std::string::npos);
    }
}

TEST_CASE("cgroup: a path can't climb out", "[cgroup][security]") {
    Bundle bundle;
    bundle.set("/linux/cgroupsPath", json_quote("/../../../.." + bundle.cgroup()));
    Container container(bundle);
    struct stat before = {}, after = {};
    REQUIRE(::stat("/", &before) == 0);
    auto const ran = container.run();
    if (ran.status != 0) CHECK_FALSE(ran.err.empty()); // either is safe: refused, or cut at the top
    REQUIRE(::stat("/", &after) == 0);
    CHECK_FALSE(exists(bundle.cgroup()));
    // davit hasn't made it even for a moment.
    CHECK(after.st_mtim.tv_sec == before.st_mtim.tv_sec);
    CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

TEST_CASE("cgroup: too much memory is an OOM kill, and run returns 137", "[cgroup]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.set("/linux/resources/memory", R"({"limit":20971520,"swap":20971520})");
    bundle.inside({"eat", "104857600", ";", "exit", "0"});
    CHECK(Container(bundle).run().status == 137);
    bundle.inside({"eat", "4194304", ";", "exit", "3"});
    CHECK(Container(bundle).run().status == 3);
}

TEST_CASE("cgroup: a limit that init can't live in is told", "[cgroup]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.set("/linux/resources/memory", R"({"limit":4096})");
    auto const before = Snapshot::take();
    auto const ran = Container(bundle).run();
    CHECK(ran.status != 0);
    CHECK_FALSE(ran.timed_out);
    // Killed in execve(2), where the user's program is too large, or reported by init's end.
    CHECK((ran.status == 137 || !ran.err.empty()));
    CHECK(appeared_since(before) == "");
}

TEST_CASE("cgroup: forks beyond the limit fail", "[cgroup]") {
    if (lacks("pids")) return;
    Bundle bundle;
    bundle.set("/linux/resources/pids/limit", "5").inside({"fork", "20"});
    auto const fork = report(bundle)["fork"];
    CHECK(fork.number("/made") == 4); // and itself
    CHECK(fork.text("/errno") == "EAGAIN");
}

TEST_CASE("cgroup: a quota slows down", "[cgroup]") {
    if (lacks("cpu")) return;
    Bundle bundle;
    bundle.set("/linux/resources/cpu", R"({"quota":10000,"period":100000})");
    bundle.inside({"burn", "1000"});
    // On a virtual machine, the process's time sometimes includes time that the host has taken.
    CHECK(eventually([&] { return report(bundle)["burn"].number("/cpu_ms") < 500; }));
}

TEST_CASE("cgroup: a limit whose controller is missing is an error, not silence", "[cgroup]") {
    struct Wish {
        char const* controller; // v1's name
        char const* unified;
        char const* pointer;
        char const* json;
    };
    constexpr Wish wishes[] = {
        {"pids", "pids", "/pids/limit", "5"},
        {"memory", "memory", "/memory/limit", "67108864"},
        {"cpu", "cpu", "/cpu/quota", "50000"},
        {"cpuset", "cpuset", "/cpu/cpus", "\"0\""},
        {"blkio", "io", "/blockIO/weight", "100"},
        {"hugetlb", "hugetlb", "/hugepageLimits", R"([{"pageSize":"2MB","limit":2097152}])"},
        {"rdma", "rdma", "/rdma", R"({"mlx5_1":{"hcaHandles":3}})"},
        {"net_cls", "none", "/network/classID", "7"},
    };
    bool any = false;
    for (auto const& [v1, v2, pointer, json] : wishes) {
        if (!controller(unified() ? v2 : v1).empty()) continue;
        // The hybrid layout's cgroup2 may have what v1 lacks.
        if (contains(read_file("/sys/fs/cgroup/unified/cgroup.controllers"), v2)) continue;
        any = true;
        INFO(pointer);
        Bundle bundle;
        auto const member = std::string("/linux/resources") + pointer;
        bundle.set(member, json);
        refused(bundle, member.substr(0, member.find('/', 17)));
    }
    (void)skip_unless(any, "all controllers are here");
}

TEST_CASE("cgroup: wrong values are refused", "[cgroup]") {
    for (auto const& [pointer, value] : {std::pair{"/pids/limit", "\"many\""},
                                         {"/memory/limit", "1.5"},
                                         {"/cpu/shares", "-5"},
                                         {"/cpu/cpus", "\"0-\\n\""}}) {
        INFO(pointer);
        Bundle bundle;
        bundle.set(std::string("/linux/resources") + pointer, value);
        refused(bundle, "");
    }
}

TEST_CASE("cgroup: a group that has children of the container's goes too", "[cgroup]") {
    if (skip_unless(suite().cgroups == Cgroups::unified || suite().cgroups == Cgroups::hybrid,
                    "no cgroup2 here"))
        return;
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const directory = cgroup_directory("", bundle.cgroup());
    if (!skip_unless(exists(directory), "the runtime doesn't use cgroup2 here")) {
        REQUIRE(::mkdir((directory + "/child").c_str(), 0755) == 0);
        REQUIRE(::mkdir((directory + "/child/grandchild").c_str(), 0755) == 0);
    }
    REQUIRE(container.start().status == 0);
    CHECK(container.remove_by_force().status == 0);
    CHECK_FALSE(exists(directory));
}

TEST_CASE("cgroup: the container sees its own group, read-only", "[cgroup][security]") {
    Bundle bundle;
    bundle.share_namespace("cgroup").set("/linux/namespaces/-", R"({"type":"cgroup"})");
    std::string const group = unified() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids";
    auto const procs = group + "/cgroup.procs";
    bundle.inside({"cat", procs, ";", "write", procs, "1", ";", "mkdir", group + "/x"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.out.starts_with("1\n"));
    CHECK(Report(ran.out)["write"].text("/errno") == "EROFS");
    CHECK(Report(ran.out)["mkdir"].text("/errno") == "EROFS");
}
