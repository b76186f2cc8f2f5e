// SPDX-License-Identifier: Apache-2.0
// test/host/devices.cc - the standard devices and links, configured ones, and the cgroup's rules.
//
// [config-linux.md#devices, #default-devices, #allowed-device-list]

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

constexpr char mknod_capability[] =
    R"({"bounding":["CAP_MKNOD"],"effective":["CAP_MKNOD"],"permitted":["CAP_MKNOD"]})";

/// The report of "stat" for that path.
std::string pointer_to(std::string const& path) {
    std::string out = "/";
    for (char const c : path) out += c == '/' ? "~1" : std::string(1, c);
    return out;
}

void make_node(Bundle const& bundle, std::string const& path, mode_t mode, dev_t number, uid_t uid,
               gid_t gid) {
    auto const node = bundle.rootfs(path);
    REQUIRE(::mknod(node.c_str(), mode, number) == 0);
    REQUIRE(::chmod(node.c_str(), mode & 07777) == 0);
    REQUIRE(::chown(node.c_str(), uid, gid) == 0);
}

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

TEST_CASE("devices: anywhere in the container, below links, with every bit of a mode",
          "[devices]") {
    Bundle bundle;
    bundle.link("/alias", "/opt/real").directory("/opt/real");
    bundle.set("/linux/devices", R"([
        {"path":"/opt/deep/er/null","type":"c","major":1,"minor":3,"fileMode":3564},
        {"path":"/alias/loop","type":"b","major":7,"minor":1048575,"fileMode":0,"uid":4294967294},
        {"path":"//opt/./x/../pipe","type":"p","gid":7},
        {"path":"/dev/big","type":"c","major":4095,"minor":0}])");
    bundle.inside({"stat", "/opt/deep/er/null", "/opt/real/loop", "/opt/pipe", "/dev/big"});
    auto const seen = report(bundle)["stat"];
    INFO(seen.dump());
    auto const is = [&](std::string const& path, char const* type, char const* mode) {
        INFO(path);
        CHECK(seen.text(pointer_to(path) + "/type") == type);
        CHECK(seen.text(pointer_to(path) + "/mode") == mode);
    };
    is("/opt/deep/er/null", "char", "6754");
    is("/opt/real/loop", "block", "0000");
    is("/opt/pipe", "fifo", "0666");
    is("/dev/big", "char", "0666");
    CHECK(seen.number(pointer_to("/opt/real/loop") + "/minor") == 1048575);
    CHECK(seen.number(pointer_to("/opt/real/loop") + "/uid") == 4294967294);
    CHECK(seen.number(pointer_to("/opt/pipe") + "/gid") == 7);
    CHECK(seen.number(pointer_to("/dev/big") + "/major") == 4095);
}

TEST_CASE("devices: a node of the image that is the device stays", "[devices]") {
    Bundle bundle;
    bundle.directory("/nodes");
    make_node(bundle, "/nodes/plain", S_IFCHR | 0640, makedev(1, 5), 3, 4);
    make_node(bundle, "/nodes/strict", S_IFCHR | 0666, makedev(1, 5), 3, 4);
    make_node(bundle, "/nodes/given", S_IFBLK | 0640, makedev(7, 9), 3, 4);
    make_node(bundle, "/nodes/pipe", S_IFIFO | 0600, 0, 3, 4);
    bundle.set("/linux/devices", R"([
        {"path":"/nodes/plain","type":"u","major":1,"minor":5},
        {"path":"/nodes/strict","type":"c","major":1,"minor":5,"fileMode":256},
        {"path":"/nodes/given","type":"b","major":7,"minor":9,"uid":0,"gid":5},
        {"path":"/nodes/pipe","type":"p","fileMode":384}])");
    bundle.inside({"ls", "/nodes"});
    auto const nodes = report(bundle)["ls"];
    INFO(nodes.dump());
    // Attributes that config.json doesn't name are the old ones; the others are config.json's.
    struct Row {
        char const* name;
        char const* mode;
        int uid, gid;
    };
    for (auto const& [name, mode, uid, gid] :
         {Row{"/plain", "0640", 3, 4}, Row{"/strict", "0400", 3, 4}, Row{"/given", "0640", 0, 5},
          Row{"/pipe", "0600", 3, 4}}) {
        INFO(name);
        CHECK(nodes.text(std::string(name) + "/mode") == mode);
        CHECK(nodes.number(std::string(name) + "/uid") == uid);
        CHECK(nodes.number(std::string(name) + "/gid") == gid);
    }
}

TEST_CASE("devices: the host's own aren't changed through a mount", "[devices][security]") {
    Bundle bundle;
    auto const host = suite().temp + "/" + unique_name(); // even of the root's file system
    REQUIRE(::mkdir(host.c_str(), 0755) == 0);
    REQUIRE(::mknod((host + "/zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0);
    bundle.mount("/host", "bind", host, {"bind"});
    bundle.set("/linux/devices",
               R"([{"path":"/host/zero","type":"c","major":1,"minor":5,"fileMode":438,"uid":9}])");
    bundle.inside({"ls", "/host"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(Report(ran.out)["ls"].text("/zero/mode") == "0600");
    struct stat now = {};
    REQUIRE(::stat((host + "/zero").c_str(), &now) == 0);
    CHECK(now.st_mode == (S_IFCHR | 0600));
    CHECK(now.st_uid == 0);
    remove_tree(host);
}

TEST_CASE("devices: something else at the path is an error", "[devices]") {
    struct Row {
        char const* path;
        char const* device; // its other members
    };
    for (auto const& [path, device] : {Row{"/nodes/zero", R"("type":"c","major":1,"minor":3)"},
                                       Row{"/nodes/zero", R"("type":"b","major":1,"minor":5)"},
                                       Row{"/nodes/zero", R"("type":"p")"},
                                       Row{"/nodes/pipe", R"("type":"c","major":1,"minor":5)"},
                                       Row{"/nodes/file", R"("type":"c","major":1,"minor":5)"},
                                       Row{"/nodes/directory", R"("type":"c","major":1,"minor":5)"},
                                       // A link isn't the device, even if it leads to it.
                                       Row{"/nodes/link", R"("type":"c","major":1,"minor":5)"}}) {
        INFO(path << " " << device);
        Bundle bundle;
        bundle.directory("/nodes/directory").file("/nodes/file", "x").link("/nodes/link", "zero");
        make_node(bundle, "/nodes/zero", S_IFCHR | 0666, makedev(1, 5), 0, 0);
        make_node(bundle, "/nodes/pipe", S_IFIFO | 0666, 0, 0, 0);
        bundle.set("/linux/devices", std::string(R"([{"path":")") + path + R"(",)" + device + "}]");
        refused(bundle, path);
    }
}

TEST_CASE("devices: without a mount on /dev they are the image's", "[devices]") {
    Bundle bundle;
    for (size_t i = bundle.config().size("/mounts"); i-- > 0;) {
        auto const at = "/mounts/" + std::to_string(i);
        if (bundle.config().text(at + "/destination").starts_with("/dev")) bundle.remove(at);
    }
    bundle.link("/dev", "/etc/devices"); // leads to nothing yet
    bundle.set("/linux/devices", R"([{"path":"/dev/a/gizmo","type":"c","major":1,"minor":5}])");
    bundle.inside({"ls", "/etc/devices", ";", "ls", "/etc/devices/a"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    auto const lists = Report(ran.out).all("ls");
    REQUIRE(lists.size() == 2);
    CHECK(lists[0].number("/null/minor") == 3);
    CHECK(lists[0].text("/ptmx/target") == "pts/ptmx");
    CHECK(lists[1].text("/gizmo/type") == "char");
    // The image has these nodes now; the next container accepts them.
    CHECK(Container(bundle).run().status == 0);
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
    bundle.inside({"mknod",     "/tmp/loop", "b",    "7",        "0",         ";", "open",
                   "/tmp/loop", "r",         ";",    "open",     "/dev/fuse", "r", ";",
                   "mknod",     "/tmp/null", "c",    "1",        "3",         ";", "open",
                   "/tmp/null", "rw",        ";",    "mknod",    "/tmp/tun",  "c", "10",
                   "200",       ";",         "open", "/tmp/tun", "rw"});
    auto const seen = report(bundle);
    auto const opens = seen.all("open");
    REQUIRE(opens.size() == 4);
    CHECK(opens[1].text("/errno") == "EPERM");
    CHECK(opens[2].text("/errno") == "");
    CHECK(opens[3].text("/errno") != "EPERM"); // a kernel without the driver says ENODEV
    // The rules allow mknod of any node, as other runtimes' do: opening it is what matters.
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
