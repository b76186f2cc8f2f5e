// SPDX-License-Identifier: Apache-2.0
// test/host/users.cc - user namespaces, new and joined; what root may and may not do in them.
//
// [config-linux.md#user-namespace-mappings, #cgroup-ownership]

#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":1000},
                          {"containerID":1000,"hostID":300000,"size":64536}])";

/// As engines do it, the root file system belongs to the container's root.
void give_rootfs(Bundle const& bundle) {
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
}

Bundle& in_user_namespace(Bundle& bundle) {
    give_rootfs(bundle);
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    return bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
}

std::string proc(Container const& container, std::string const& file) {
    return "/proc/" + std::to_string(container.pid()) + "/" + file;
}

std::string line_of(std::string const& file, std::string const& start) {
    auto const text = read_file(file);
    auto const at = text.find("\n" + start);
    return at == text.npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

unsigned owner(std::string const& path) {
    struct stat s = {};
    return ::lstat(path.c_str(), &s) == 0 ? s.st_uid : 0xffff'ffff;
}

/// A container that sleeps in a user namespace of its own.
struct Sleeper {
    Sleeper() : container(in_user_namespace(bundle).inside({"sleep", "60"})) {
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
    }
    ~Sleeper() { CHECK(container.remove_by_force().status == 0); }
    Bundle bundle;
    Container container;
};

} // namespace

TEST_CASE("users: a new namespace has the maps of config.json", "[users]") {
    Bundle bundle;
    in_user_namespace(bundle).inside(
        {"ids", ";", "caps", ";", "cat", "/proc/self/uid_map", ";", "cat", "/proc/self/gid_map"});
    Container container(bundle);
    auto const ran = container.run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    Report const seen(ran.out);
    CHECK(seen["ids"].number("/uid/0") == 0);
    CHECK(seen["ids"].number("/pid") == 1);
    auto const first = ran.out.find("100000       1000");
    CHECK(first != ran.out.npos);
    CHECK(ran.out.find("300000      64536", first) != ran.out.npos);
    CHECK(ran.out.find("100000       1000", first + 1) != ran.out.npos); // the groups' map
}

TEST_CASE("users: outside they are who the maps say", "[users]") {
    Bundle bundle;
    in_user_namespace(bundle).inside({"sleep", "60"});
    bundle.set("/process/user", R"({"uid":1001,"gid":7,"additionalGids":[8]})");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    // A created one, too: no process with the host's ids waits at the gate.
    CHECK(contains(line_of(proc(container, "status"), "Uid:"), "\t300001\t300001\t300001\t300001"));
    CHECK(contains(line_of(proc(container, "status"), "Gid:"), "\t100007\t"));
    CHECK(contains(line_of(proc(container, "status"), "Groups:"), "100008"));
    REQUIRE(container.start().status == 0);
    CHECK(contains(line_of(proc(container, "status"), "Uid:"), "\t300001\t"));
    CHECK(container.status() == "running");
    CHECK(container.kill("KILL").status == 0);
    CHECK(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("users: files of the container's root are outside the mapped user's", "[users]") {
    Bundle bundle;
    bundle.directory("/volume");
    REQUIRE(::chown(bundle.rootfs("/volume").c_str(), 100000, 100000) == 0);
    in_user_namespace(bundle).set("/root/readonly", "false");
    bundle.inside({"write", "/volume/file", "x"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(owner(bundle.rootfs("/volume/file")) == 100000);
}

TEST_CASE("users: its root has no power over the host's files", "[users][security]") {
    Bundle bundle;
    bundle.file("/secret", "x", 0600);
    in_user_namespace(bundle).inside({"open", "/secret", "r"});
    CHECK(contains(Container(bundle).run().out, "EACCES"));
}

TEST_CASE("users: devices are the host's nodes", "[users][devices]") {
    Bundle bundle;
    bundle.set("/linux/devices",
               R"([{"type":"c","path":"/dev/fuse","major":10,"minor":229},
                   {"type":"p","path":"/dev/pipe","fileMode":384}])");
    bundle.set("/linux/resources/devices/-", R"({"allow":true,"type":"c","access":"rwm"})");
    in_user_namespace(bundle).inside({"stat", "/dev/null", "/dev/fuse", "/dev/pipe", ";", "open",
                                      "/dev/null", "rw", ";", "write", "/dev/null", "x"});
    auto const ran = Container(bundle).run();
    INFO(ran.err << ran.out);
    REQUIRE(ran.status == 0);
    CHECK(contains(ran.out, R"("major":10,"minor":229)"));
    CHECK(contains(ran.out, R"("major":1,"minor":3)"));
}

TEST_CASE("users: a device that the host doesn't have at that path is refused", "[users]") {
    Bundle absent;
    absent.set("/linux/devices", R"([{"type":"c","path":"/dev/nonesuch","major":1,"minor":3}])");
    refused(in_user_namespace(absent), "/dev/nonesuch");
    Bundle other;
    other.set("/linux/devices", R"([{"type":"c","path":"/dev/full","major":1,"minor":3}])");
    refused(in_user_namespace(other), "/dev/full");
}

TEST_CASE("users: a terminal among the devices is the container's own", "[users][devices]") {
    Bundle bundle;
    bundle.set("/linux/devices", R"([{"path":"/dev/tty","type":"c","major":5,"minor":0},
        {"path":"/dev/ptmx","type":"c","major":5,"minor":2},
        {"path":"/dev//zero","type":"c","major":1,"minor":5,"fileMode":438}])");
    in_user_namespace(bundle).inside({"dev", ";", "open", "/dev/ptmx", "rw"});
    auto const seen = report(bundle);
    CHECK(seen["dev"].text("/ptmx/target").ends_with("pts/ptmx"));
    CHECK(seen["dev"].number("/tty/major") == 5);
    CHECK(seen["dev"].number("/zero/minor") == 5);
    CHECK(seen["open"].text("/errno") == "");
}

TEST_CASE("users: a device over an image's file", "[users][devices]") {
    Bundle bundle;
    bundle.file("/dev/zero", "").set("/mounts", "[]").set("/root/readonly", "false");
    bundle.remove("/linux/maskedPaths").remove("/linux/readonlyPaths");
    REQUIRE(::chown(bundle.rootfs("/dev").c_str(), 100000, 100000) == 0);
    in_user_namespace(bundle).inside({"stat", "/dev/zero"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(contains(ran.out, R"("major":1,"minor":5)"));
    Bundle occupied;
    occupied.directory("/node");
    occupied.set("/linux/devices", R"([{"type":"c","path":"/node","major":1,"minor":5}])");
    refused(in_user_namespace(occupied), "/node");
}

TEST_CASE("users: what a new namespace needs", "[users]") {
    Bundle none;
    none.set("/linux/namespaces/-", R"({"type":"user"})");
    refused(none, "/linux/uidMappings");
    Bundle rootless;
    in_user_namespace(rootless).set("/linux/gidMappings",
                                    R"([{"containerID":5,"hostID":100000,"size":1}])");
    refused(rootless, "/linux/gidMappings");
    Bundle without;
    without.set("/linux/uidMappings", maps);
    refused(without, "/linux/uidMappings");
}

TEST_CASE("users: 340 extents, the kernel's most", "[users]") {
    Bundle bundle;
    in_user_namespace(bundle);
    // The shortest maps: the kernel takes a page of text, not more.
    REQUIRE(::chown(bundle.rootfs().c_str(), 1, 100000) == 0);
    std::string extents;
    for (int i = 0; i < 340; ++i)
        extents += (i ? "," : "") + ("{\"containerID\":" + std::to_string(2 * i))
                   + ",\"hostID\":" + std::to_string(2 * i + 1) + ",\"size\":1}";
    bundle.set("/linux/uidMappings", "[" + extents + "]").inside({"cat", "/proc/self/uid_map"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') == 340);
}

TEST_CASE("users: oom score, limits, terminal size, hostname, in a user namespace", "[users]") {
    Bundle bundle;
    in_user_namespace(bundle).set("/process/oomScoreAdj", "321").set("/hostname", "\"mine\"");
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_NOFILE","soft":100,"hard":200}])");
    Container container(bundle);
    auto const seen = container.report();
    CHECK(seen["flags"].number("/oom_score_adj") == 321);
    CHECK(seen["host"].text("/hostname") == "mine");
    CHECK(seen["rlimits"].dump("/NOFILE") == "[100,200]");
}

TEST_CASE("users: joined, with all that belongs to it", "[users]") {
    Sleeper first;
    auto const pid = std::to_string(first.container.pid());
    Bundle bundle;
    give_rootfs(bundle);
    struct {
        char const *spec, *proc;
    } const types[] = {{"network", "net"}, {"ipc", "ipc"}, {"uts", "uts"}, {"pid", "pid"}};
    for (auto const& type : types)
        bundle.join_namespace(type.spec, "/proc/" + pid + "/ns/" + type.proc);
    bundle.set("/linux/namespaces/-", R"({"type":"user","path":"/proc/)" + pid + R"(/ns/user"})");
    bundle.remove("/hostname").inside({"namespaces", ";", "ids"});
    Container second(bundle);
    auto const ran = second.run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    Report const seen(ran.out);
    CHECK(seen["ids"].number("/uid/0") == 0);
    CHECK(seen["ids"].number("/pid") > 1);
    for (auto const& type : types) {
        struct stat s = {};
        REQUIRE(::stat(("/proc/" + pid + "/ns/" + type.proc).c_str(), &s) == 0);
        CHECK(seen["namespaces"].number(std::string("/") + type.proc)
              == static_cast<double>(s.st_ino));
    }
}

TEST_CASE("users: joined with new ones that belong to it; maps are compared", "[users]") {
    Sleeper first;
    auto const path = proc(first.container, "ns/user");
    Bundle bundle;
    give_rootfs(bundle);
    bundle.set("/linux/namespaces/-", R"({"type":"user","path":")" + path + R"("})");
    bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
    bundle.inside({"ids", ";", "namespaces"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(Report(ran.out)["ids"].number("/pid") == 1);
    bundle.set("/linux/gidMappings", R"([{"containerID":0,"hostID":100000,"size":7}])");
    refused(bundle, "/linux/gidMappings");
}

TEST_CASE("users: a new one joins namespaces that the host made", "[users]") {
    for (auto const* type : {"pid", "net", "ipc"}) {
        INFO(type);
        Bundle bundle;
        in_user_namespace(bundle);
        bundle.join_namespace(type == std::string("net") ? "network" : type,
                              std::string("/proc/self/ns/") + type);
        // A process whose user namespace doesn't own their namespaces may mount neither proc nor
        // sysfs.
        bundle.set("/mounts", R"([{"destination":"/dev","type":"tmpfs","source":"tmpfs"}])");
        bundle.remove("/linux/maskedPaths").remove("/linux/readonlyPaths").inside({"echo", "here"});
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 0);
        CHECK(contains(ran.out, "here"));
    }
}

TEST_CASE("users: a writable cgroup is its user's", "[users][cgroup]") {
    if (skip_unless(suite().cgroups == Cgroups::unified, "only on a pure v2 host")) return;
    Bundle bundle;
    in_user_namespace(bundle).share_namespace("cgroup");
    bundle.set("/linux/namespaces/-", R"({"type":"cgroup"})");
    auto const group = cgroup_directory("", bundle.cgroup());
    auto const owners = [&](std::string const& options) {
        bundle.set("/mounts/6", R"({"destination":"/sys/fs/cgroup","type":"cgroup",
                                    "source":"cgroup","options":[)"
                                    + options + "]}");
        Container container(bundle);
        auto const created = container.create();
        INFO(created.err);
        REQUIRE(created.status == 0);
        std::string seen;
        for (auto const* file : {"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.freeze"})
            seen += std::to_string(owner(group + file)) + " ";
        CHECK(container.remove().status == 0);
        return seen;
    };
    CHECK(owners("\"nosuid\"") == "100000 100000 100000 0 ");
    CHECK(owners("\"nosuid\",\"ro\"") == "0 0 0 0 ");
    bundle.set("/process/user", R"({"uid":1000,"gid":0})");
    CHECK(owners("\"nosuid\"") == "300000 300000 300000 0 ");
}
