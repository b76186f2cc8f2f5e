// SPDX-License-Identifier: Apache-2.0
// test/host/mounts.cc - the default mounts, binds, options, propagation, destinations.
//
// [config.md#mounts]

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "container.h"
#include "mount_seen.h"

using namespace host;

TEST_CASE("mounts: the default ones, with their options", "[mounts]") {
    Bundle bundle;
    auto const seen = report(bundle);
    CHECK(mount_at(seen, "/proc").text("/type") == "proc");
    auto const dev = mount_at(seen, "/dev");
    CHECK(dev.text("/type") == "tmpfs");
    has(dev, "options", {"nosuid"});
    has(dev, "super", {"mode=755", "size=65536k"});
    CHECK_FALSE(listed(dev.text("/options"), "relatime")); // strictatime
    auto const pts = mount_at(seen, "/dev/pts");
    CHECK(pts.text("/type") == "devpts");
    has(pts, "options", {"nosuid", "noexec"});
    has(pts, "super", {"gid=5", "mode=620", "ptmxmode=666"});
    auto const shm = mount_at(seen, "/dev/shm");
    CHECK(shm.text("/type") == "tmpfs");
    CHECK(shm.text("/source") == "shm");
    has(shm, "options", {"nosuid", "noexec", "nodev"});
    has(shm, "super", {"size=65536k"});
    auto const queue = mount_at(seen, "/dev/mqueue");
    CHECK(queue.text("/type") == "mqueue");
    has(queue, "options", {"nosuid", "noexec", "nodev"});
    auto const sys = mount_at(seen, "/sys");
    CHECK(sys.text("/type") == "sysfs");
    has(sys, "options", {"ro", "nosuid", "noexec", "nodev"});
    auto const group = mount_at(seen, "/sys/fs/cgroup");
    CHECK((group.text("/type") == "cgroup2" || group.text("/type") == "tmpfs"));
    has(group, "options", {"ro", "nosuid", "noexec", "nodev"});
}

TEST_CASE("mounts: on v1 each controller is below /sys/fs/cgroup", "[mounts][cgroup]") {
    if (skip_unless(exists("/sys/fs/cgroup/pids/cgroup.procs"), "no v1 controllers here")) return;
    Bundle bundle;
    auto const seen = report(bundle);
    for (auto const* name : {"memory", "pids", "cpu", "devices"}) {
        std::error_code no_link; // else "cpu" is one to "cpu,cpuacct"
        auto const place = std::string("/sys/fs/cgroup/") + name;
        auto const link = std::filesystem::read_symlink(place, no_link).string();
        if (!exists(place + "/cgroup.procs")) continue; // it's cgroup2's
        auto const mount = mount_at(seen, "/sys/fs/cgroup/" + (no_link ? name : link));
        INFO(name);
        CHECK(mount.text("/type") == "cgroup");
        has(mount, "options", {"ro", "nosuid", "noexec", "nodev"});
    }
}

TEST_CASE("mounts: a bind mount is the host's directory, read-write or read-only", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.mount("/rw", "bind", source.path, {"bind"});
    bundle.mount("/ro", "bind", source.path, {"bind", "ro"});
    bundle.mount("/none", "none", source.path, {"rbind", "ro"}); // type doesn't matter
    bundle.inside(
        {"write", "/rw/new", "text", ";", "write", "/ro/other", "text", ";", "cat", "/none/file"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    auto const writes = Report(ran.out).all("write");
    REQUIRE(writes.size() == 2);
    CHECK(writes[0].text("/errno") == "");
    CHECK(writes[1].text("/errno") == "EROFS");
    CHECK(contains(ran.out, "from the host"));
    CHECK(read_file(source.path + "/new") == "text");
    CHECK_FALSE(exists(source.path + "/other"));
}

TEST_CASE("mounts: rbind takes what is mounted below, bind doesn't", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    auto const below = source.path + "/below";
    ::mkdir(below.c_str(), 0755);
    REQUIRE(::mount("below", below.c_str(), "tmpfs", 0, nullptr) == 0);
    write_file(below + "/deep", "x");
    bundle.mount("/bind", "bind", source.path, {"bind"});
    bundle.mount("/rbind", "bind", source.path, {"rbind"});
    bundle.mount("/ro", "bind", source.path, {"rbind", "ro"});
    bundle.mount("/rro", "bind", source.path, {"rbind", "rro"});
    bundle.inside({"ls", "/bind/below", ";", "ls", "/rbind/below", ";", "write", "/ro/below/a", "a",
                   ";", "write", "/rro/below/b", "b"});
    auto const ran = Container(bundle).run();
    ::umount2(below.c_str(), 0);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    auto const lists = Report(ran.out).all("ls");
    auto const writes = Report(ran.out).all("write");
    CHECK_FALSE(lists.at(0).has("/deep"));
    CHECK(lists.at(1).has("/deep"));
    CHECK(writes.at(0).text("/errno") == ""); // "ro" is of the top mount alone
    CHECK(writes.at(1).text("/errno") == "EROFS");
}

TEST_CASE("mounts: files can be bound", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.mount("/etc/deep/name", "bind", source.path + "/file", {"bind", "ro"});
    bundle.inside({"cat", "/etc/deep/name", ";", "write", "/etc/deep/name", "x"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(contains(ran.out, "from the host"));
    CHECK(Report(ran.out)["write"].text("/errno") == "EROFS");
}

TEST_CASE("mounts: a relative source is the bundle's", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.mount("/data", "bind", "source", {"bind"});
    bundle.inside({"cat", "/data/file"});
    CHECK(contains(Container(bundle).run().out, "from the host"));
}

TEST_CASE("mounts: a missing source is told, and nothing is left", "[mounts]") {
    Bundle bundle;
    bundle.mount("/data", "bind", "/nonexistent/source", {"bind"});
    refused(bundle, "/nonexistent/source");
}

TEST_CASE("mounts: flags of a bind mount", "[mounts]") {
    for (auto const* flag :
         {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow", "relatime"}) {
        INFO(flag);
        Bundle bundle;
        HostDirectory const source(bundle);
        bundle.mount("/data", "bind", source.path, {"bind", flag});
        bundle.inside({"mounts"});
        has(mount_at(report(bundle), "/data"), "options", {flag});
    }
}

TEST_CASE("mounts: options of a tmpfs", "[mounts]") {
    Bundle bundle;
    bundle.mount("/t", "tmpfs", "name",
                 {"size=1m", "mode=0711", "uid=7", "gid=8", "noexec", "sync"});
    bundle.inside({"mounts", ";", "stat", "/t"});
    auto const seen = report(bundle);
    auto const mount = mount_at(seen, "/t");
    has(mount, "options", {"noexec", "rw"});
    has(mount, "super", {"size=1024k", "mode=711", "uid=7", "gid=8", "sync"});
    CHECK(mount.text("/source") == "name");
    CHECK(seen["stat"].text("/~1t/mode") == "0711");
    CHECK(seen["stat"].number("/~1t/uid") == 7);
}

TEST_CASE("mounts: an option that the file system doesn't know", "[mounts]") {
    Bundle bundle;
    bundle.mount("/t", "tmpfs", "tmpfs", {"nosuchoption"});
    refused(bundle, "/t");
    Bundle type;
    type.mount("/t", "nosuchfs", "none", {});
    refused(type, "nosuchfs");
}

TEST_CASE("mounts: the unknown option is named", "[mounts][davit]") {
    if (skip_unless(suite().is_davit, "runc doesn't name it")) return;
    Bundle bundle;
    bundle.mount("/t", "tmpfs", "tmpfs", {"size=1m", "nosuchoption=3"});
    refused(bundle, "nosuchoption");
}

TEST_CASE("mounts: propagation", "[mounts]") {
    struct Case {
        char const* option;
        char const* tag;
    };
    for (auto const& [option, tag] :
         {Case{"private", ""}, Case{"rprivate", ""}, Case{"shared", "shared:"},
          Case{"rshared", "shared:"}, Case{"unbindable", "unbindable"}}) {
        INFO(option);
        Bundle bundle;
        HostDirectory const source(bundle);
        bundle.mount("/data", "bind", source.path, {"rbind", option});
        bundle.inside({"mounts"});
        auto const tags = mount_at(report(bundle), "/data").dump("/tags");
        CHECK((*tag ? contains(tags, tag) : tags == "[]"));
    }
}

TEST_CASE("mounts: a slave receives from the host, and gives nothing back", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    REQUIRE(::mount("shared", source.path.c_str(), "tmpfs", 0, nullptr) == 0);
    REQUIRE(::mount(nullptr, source.path.c_str(), nullptr, MS_SHARED, nullptr) == 0);
    ::mkdir((source.path + "/later").c_str(), 0755);
    bundle.mount("/data", "bind", source.path, {"rbind", "rslave"});
    bundle.set("/linux/rootfsPropagation", "\"rslave\"");
    bundle.inside({"mounts", ";", "trap", "USR1", "TERM", ";", "stat", "/data/later/seen"});
    {
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
        CHECK(contains(mount_at(Report(container.out()), "/data").dump("/tags"), "master:"));
        REQUIRE(::mount("later", (source.path + "/later").c_str(), "tmpfs", 0, nullptr) == 0);
        write_file(source.path + "/later/seen", "x");
        CHECK(container.kill("TERM").status == 0);
        REQUIRE(container.wait_stopped());
        CHECK(Report(container.out())["stat"].text("/~1data~1later~1seen/type") == "file");
        CHECK(container.remove().status == 0);
    }
    ::umount2(source.path.c_str(), MNT_DETACH);
}

TEST_CASE("mounts: destinations are made, a later mount covers an earlier one", "[mounts]") {
    Bundle bundle;
    bundle.mount("/deep/er/still", "tmpfs", "first", {});
    bundle.mount("/deep/er/still/below", "tmpfs", "below", {});
    bundle.mount("/deep/er", "tmpfs", "second", {});
    bundle.inside({"mounts", ";", "ls", "/deep/er"});
    auto const seen = report(bundle);
    CHECK(mount_at(seen, "/deep/er").text("/source") == "second");
    CHECK(seen["ls"].size() == 0);
}

TEST_CASE("mounts: a destination with links and .. stays inside the root", "[mounts][security]") {
    Bundle bundle;
    auto const outside = bundle.path() + "/outside";
    ::mkdir(outside.c_str(), 0755);
    bundle.link("/absolute", "/target");
    bundle.link("/climbing", "../../../../../../.." + outside);
    bundle.directory("/target").directory("/a").directory(outside);
    bundle.mount("/absolute/one", "tmpfs", "one", {});
    bundle.mount("/climbing/two", "tmpfs", "two", {});
    bundle.mount("/a/../b", "tmpfs", "three", {});
    bundle.mount("/../../../four", "tmpfs", "four", {});
    bundle.inside({"mounts"});
    auto const seen = report(bundle);
    CHECK(mount_at(seen, "/target/one").text("/source") == "one");
    CHECK(mount_at(seen, outside + "/two").text("/source") == "two"); // inside the rootfs
    CHECK(mount_at(seen, "/b").text("/source") == "three");
    CHECK(mount_at(seen, "/four").text("/source") == "four");
    CHECK_FALSE(exists(outside + "/two"));
}

TEST_CASE("mounts: a destination below a link whose target is missing", "[mounts]") {
    Bundle bundle; // /var/run -> /run in an image without /run: the target is made, inside
    bundle.link("/var/run", "/run");
    bundle.mount("/var/run/secrets", "tmpfs", "mine", {});
    bundle.inside({"mounts"});
    CHECK(mount_at(report(bundle), "/run/secrets").text("/source") == "mine");
}

TEST_CASE("mounts: a relative destination starts at the root", "[mounts]") {
    Bundle bundle;
    bundle.mount("relative", "tmpfs", "mine", {});
    bundle.inside({"mounts"});
    CHECK(mount_at(report(bundle), "/relative").text("/source") == "mine");
}
