// SPDX-License-Identifier: Apache-2.0
// test/host/namespaces.cc - new namespaces, joined ones, wrong ones; host and domain name.
//
// [config-linux.md#namespaces]

#include <sys/stat.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

struct Type {
    char const* spec; // in config.json
    char const* proc; // in /proc/PID/ns
};
constexpr Type types[] = {{"network", "net"}, {"ipc", "ipc"},       {"uts", "uts"},
                          {"pid", "pid"},     {"cgroup", "cgroup"}, {"mount", "mnt"}};

double namespace_of(std::string const& pid, std::string const& type) {
    struct stat s = {};
    ::stat(("/proc/" + pid + "/ns/" + type).c_str(), &s);
    return static_cast<double>(s.st_ino);
}

// Without proc's own namespace, /proc/self is another process's, or missing.
void add_cgroup_namespace(Bundle& bundle) {
    bundle.share_namespace("cgroup").set("/linux/namespaces/-", R"({"type":"cgroup"})");
}

} // namespace

TEST_CASE("namespaces: new ones differ from the host's", "[namespaces]") {
    Bundle bundle;
    add_cgroup_namespace(bundle);
    auto const seen = report(bundle)["namespaces"];
    for (auto const& type : types) {
        INFO(type.spec);
        CHECK(seen.number(std::string("/") + type.proc) > 0);
        CHECK(seen.number(std::string("/") + type.proc) != namespace_of("self", type.proc));
    }
    CHECK(seen.number("/user") == namespace_of("self", "user"));
}

TEST_CASE("namespaces: one that isn't listed is the caller's", "[namespaces]") {
    for (auto const& type : types) {
        INFO(type.spec);
        Bundle bundle;
        bundle.share_namespace(type.spec);
        if (std::string(type.spec) == "uts") bundle.remove("/hostname");
        if (std::string(type.spec) == "network") { // sysfs may be mounted by a net ns's owner only
            bundle.inside({"namespaces"});
        }
        auto const seen = report(bundle)["namespaces"];
        CHECK(seen.number(std::string("/") + type.proc) == namespace_of("self", type.proc));
    }
}

TEST_CASE("namespaces: joined by path", "[namespaces]") {
    Bundle first_bundle;
    add_cgroup_namespace(first_bundle);
    first_bundle.inside({"sleep", "60"});
    Container first(first_bundle);
    REQUIRE(first.create().status == 0);
    REQUIRE(first.start().status == 0);
    auto const pid = std::to_string(first.pid());
    for (auto const& type : types) {
        if (std::string(type.spec) == "mount") continue;
        INFO(type.spec);
        Bundle bundle;
        bundle.join_namespace(type.spec, "/proc/" + pid + "/ns/" + type.proc);
        if (std::string(type.spec) == "uts") bundle.remove("/hostname");
        Container second(bundle);
        auto const ran = second.run();
        INFO(ran.err);
        REQUIRE(ran.status == 0);
        auto const report = Report(ran.out);
        CHECK(report["namespaces"].number(std::string("/") + type.proc)
              == namespace_of(pid, type.proc));
        if (std::string(type.spec) == "pid") CHECK(report["ids"].number("/pid") > 1);
    }
    CHECK(first.status() == "running");
    CHECK(first.remove_by_force().status == 0);
}

TEST_CASE("namespaces: a path of the wrong type is refused", "[namespaces]") {
    Bundle bundle;
    bundle.join_namespace("ipc", "/proc/self/ns/net");
    refused(bundle, "/proc/self/ns/net");
}

TEST_CASE("namespaces: a path that isn't a namespace is refused", "[namespaces]") {
    for (auto const* path : {"/nonexistent/ns", "/etc/passwd", "/proc/self/exe", "/dev/null"}) {
        Bundle bundle;
        bundle.join_namespace("network", path);
        refused(bundle, path);
    }
}

TEST_CASE("namespaces: duplicates and unknown types are refused", "[namespaces]") {
    Bundle twice;
    twice.set("/linux/namespaces/-", R"({"type":"pid"})");
    refused(twice, "");
    Bundle unknown;
    unknown.set("/linux/namespaces/-", R"({"type":"gizmo"})");
    refused(unknown, "gizmo");
}

TEST_CASE("namespaces: the container's first process is pid 1", "[namespaces]") {
    Bundle bundle;
    auto const ids = report(bundle)["ids"];
    CHECK(ids.number("/pid") == 1);
    CHECK(ids.number("/ppid") == 0);
    CHECK(ids.number("/sid") == 1);
}

TEST_CASE("namespaces: hostname", "[namespaces]") {
    Bundle bundle;
    bundle.set("/hostname", "\"a-name.of.mine\"");
    CHECK(report(bundle)["host"].text("/hostname") == "a-name.of.mine");
    bundle.share_namespace("uts");
    refused(bundle, "");
}

TEST_CASE("namespaces: domainname", "[namespaces][davit]") {
    if (skip_unless(suite().is_davit, "runc 1.1 knows no domainname")) return;
    Bundle bundle;
    bundle.set("/domainname", "\"example.org\"");
    CHECK(report(bundle)["host"].text("/domainname") == "example.org");
    bundle.share_namespace("uts").remove("/hostname");
    refused(bundle, "/domainname");
}

TEST_CASE("namespaces: the loopback interface of a new network is up", "[namespaces]") {
    Bundle bundle;
    bundle.inside({"cat", "/sys/class/net/lo/flags"});
    auto const ran = Container(bundle).run();
    CHECK(contains(ran.out, "0x9")); // UP and LOOPBACK
}

TEST_CASE("namespaces: a new cgroup namespace hides the path", "[namespaces]") {
    Bundle bundle;
    add_cgroup_namespace(bundle);
    auto const seen = report(bundle)["cgroup"];
    CHECK(seen.text("/") == "/"); // cgroup2, whose list of controllers is empty
}
