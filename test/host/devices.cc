// SPDX-License-Identifier: Apache-2.0
// test/host/devices.cc - the standard devices and links, configured ones, and the cgroup's rules.
//
// [config-linux.md#devices, #default-devices, #allowed-device-list]

#include <sys/stat.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

constexpr char mknod_capability[] =
    R"({"bounding":["CAP_MKNOD"],"effective":["CAP_MKNOD"],"permitted":["CAP_MKNOD"]})";

} // namespace

TEST_CASE("devices: the standard ones and the links", "[devices]") {
    Bundle bundle;
    auto const dev = report(bundle)["dev"];
    struct Node {
        char const* name;
        int major, minor;
    };
    for (auto const& [name, major, minor] :
         {Node{"null", 1, 3}, Node{"zero", 1, 5}, Node{"full", 1, 7}, Node{"random", 1, 8},
          Node{"urandom", 1, 9}, Node{"tty", 5, 0}}) {
        auto const at = std::string("/") + name;
        INFO(name << ": " << dev.dump(at));
        CHECK(dev.text(at + "/type") == "char");
        CHECK(dev.number(at + "/major") == major);
        CHECK(dev.number(at + "/minor") == minor);
        CHECK(dev.text(at + "/mode") == "0666");
        CHECK(dev.number(at + "/uid") == 0);
    }
    struct Link {
        char const* name;
        char const* target;
    };
    for (auto const& [name, target] :
         {Link{"fd", "/proc/self/fd"}, Link{"stdin", "/proc/self/fd/0"},
          Link{"stdout", "/proc/self/fd/1"}, Link{"stderr", "/proc/self/fd/2"}}) {
        INFO(name);
        CHECK(dev.text(std::string("/") + name + "/target") == target);
    }
    CHECK(dev.text("/ptmx/target").ends_with("pts/ptmx"));
    CHECK_FALSE(dev.has("/console")); // without a terminal
    CHECK_FALSE(dev.has("/kmsg"));
    CHECK_FALSE(dev.has("/mem"));
}

TEST_CASE("devices: the standard ones can be used", "[devices]") {
    Bundle bundle;
    bundle.inside({"open", "/dev/null", "rw", ";", "open", "/dev/zero", "r", ";", "open",
                   "/dev/urandom", "r", ";", "open", "/dev/full", "w", ";", "open", "/dev/ptmx",
                   "rw"});
    for (auto const& open : report(bundle).all("open")) {
        INFO(open.text("/object"));
        CHECK(open.text("/errno") == "");
    }
}

TEST_CASE("devices: configured ones", "[devices]") {
    Bundle bundle;
    bundle.set("/linux/devices", R"([
        {"path":"/dev/gizmo","type":"c","major":1,"minor":3,"fileMode":416,"uid":5,"gid":6},
        {"path":"/dev/deep/disk","type":"b","major":7,"minor":77,"fileMode":384},
        {"path":"/dev/queue","type":"p","fileMode":438},
        {"path":"/dev/unbuffered","type":"u","major":1,"minor":5}])");
    bundle.inside({"dev", ";", "ls", "/dev/deep"});
    auto const seen = report(bundle);
    auto const dev = seen["dev"];
    INFO(dev.dump());
    CHECK(dev.text("/gizmo/type") == "char");
    CHECK(dev.text("/gizmo/mode") == "0640");
    CHECK(dev.number("/gizmo/uid") == 5);
    CHECK(dev.number("/gizmo/gid") == 6);
    CHECK(dev.text("/queue/type") == "fifo");
    CHECK(dev.text("/queue/mode") == "0666");
    CHECK(dev.text("/unbuffered/type") == "char");
    CHECK(seen["ls"].text("/disk/type") == "block");
    CHECK(seen["ls"].number("/disk/major") == 7);
    CHECK(seen["ls"].number("/disk/minor") == 77);
    CHECK(seen["ls"].text("/disk/mode") == "0600");
}

TEST_CASE("devices: a configured standard one has the configured mode", "[devices]") {
    Bundle bundle;
    bundle.set("/linux/devices",
               R"([{"path":"/dev/null","type":"c","major":1,"minor":3,"fileMode":384,"gid":9}])");
    bundle.inside({"dev"});
    auto const dev = report(bundle)["dev"];
    CHECK(dev.number("/null/major") == 1);
    CHECK(dev.number("/null/gid") == 9);
    CHECK(dev.text("/null/mode") == "0600");
}

TEST_CASE("devices: wrong types are refused", "[devices]") {
    Bundle bundle;
    bundle.set("/linux/devices", R"([{"path":"/dev/x","type":"q","major":1,"minor":3}])");
    refused(bundle, "");
}

TEST_CASE("devices: the cgroup refuses what isn't allowed", "[devices][cgroup]") {
    Bundle bundle; // the default rules: deny all; the runtime allows the standard ones
    bundle.set("/process/capabilities", mknod_capability);
    bundle.mount("/tmp", "tmpfs", "tmpfs", {"dev"});
    bundle.set("/linux/devices", R"([{"path":"/dev/fuse","type":"c","major":10,"minor":229}])");
    bundle.inside({"mknod", "/tmp/loop", "b",     "7",         "0",    ";",
                   "open",  "/tmp/loop", "r",     ";",         "open", "/dev/fuse",
                   "r",     ";",         "mknod", "/tmp/null", "c",    "1",
                   "3",     ";",         "open",  "/tmp/null", "rw"});
    auto const seen = report(bundle);
    auto const opens = seen.all("open");
    REQUIRE(opens.size() == 3);
    CHECK(opens[1].text("/errno") == "EPERM");
    CHECK(opens[2].text("/errno") == "");
    // mknod of any node is allowed, as by other runtimes: opening it is what matters
    CHECK((opens[0].text("/errno") == "EPERM" || opens[0].text("/errno") == "ENOENT"));
}

TEST_CASE("devices: an allow rule lets in, in the order of the list", "[devices][cgroup]") {
    Bundle bundle;
    bundle.set("/linux/devices", R"([{"path":"/dev/fuse","type":"c","major":10,"minor":229}])");
    bundle.set("/linux/resources/devices",
               R"([{"allow":false,"access":"rwm"},
                   {"allow":true,"type":"c","major":10,"minor":229,"access":"r"}])");
    bundle.inside({"open", "/dev/fuse", "r", ";", "open", "/dev/fuse", "w"});
    auto const opens = report(bundle).all("open");
    CHECK(opens.at(0).text("/errno") != "EPERM");
    CHECK(opens.at(1).text("/errno") == "EPERM");
}

TEST_CASE("devices: without rules the cgroup refuses nothing", "[devices][cgroup]") {
    if (skip_unless(suite().is_davit, "runc denies by default")) return;
    Bundle bundle;
    bundle.set("/linux/devices", R"([{"path":"/dev/fuse","type":"c","major":10,"minor":229}])");
    bundle.set("/linux/resources/devices", R"([{"allow":true,"access":"rwm"}])");
    bundle.inside({"open", "/dev/fuse", "r"});
    CHECK(report(bundle)["open"].text("/errno") != "EPERM");
}
