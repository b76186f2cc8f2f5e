// SPDX-License-Identifier: Apache-2.0
// test/host/rootfs.cc - the root: read-only, masked and read-only paths, pivot_root and without.
//
// [config.md#root, config-linux.md#masked-paths]

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

std::vector<std::string> errnos(Report const& report, std::string const& verb) {
    std::vector<std::string> all;
    for (auto const& line : report.all(verb)) all.push_back(line.text("/errno"));
    return all;
}

} // namespace

TEST_CASE("rootfs: read-only, and not", "[rootfs]") {
    Bundle bundle;
    bundle.inside({"write", "/new", "text"});
    bundle.set("/root/readonly", "true");
    CHECK(report(bundle)["write"].text("/errno") == "EROFS");
    bundle.set("/root/readonly", "false");
    CHECK(report(bundle)["write"].text("/errno") == "");
    CHECK(read_file(bundle.rootfs("/new")) == "text");
}

TEST_CASE("rootfs: the path may be absolute, must be a directory", "[rootfs]") {
    Bundle bundle;
    bundle.inside({"echo", "here"});
    bundle.set("/root/path", json_quote(bundle.rootfs()));
    CHECK(Container(bundle).run().out == "here\n");
    bundle.set("/root/path", "\"missing\"");
    refused(bundle, "missing");
    bundle.set("/root/path", "\"config.json\"");
    refused(bundle, "config.json");
}

TEST_CASE("rootfs: without a mount namespace, and mounts, a chroot is all", "[rootfs][davit]") {
    Bundle bundle;
    bundle.share_namespace("mount").set("/mounts", "[]").set("/root/readonly", "false");
    bundle.remove("/linux/maskedPaths").remove("/linux/readonlyPaths");
    bundle.inside({"ls", "/", ";", "stat", "/dev/null", ";", "cwd"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(contains(ran.out, "\"inside\""));
    CHECK_FALSE(contains(ran.out, "\"etc\""));
    CHECK(contains(ran.out, R"("major":1,"minor":3)"));
}

TEST_CASE("rootfs: nothing of the host can be seen", "[rootfs]") {
    for (auto const* option : {"", "--no-pivot"}) {
        INFO(option);
        Bundle bundle;
        bundle.inside({"ls", "/", ";", "ls", "/..", ";", "mounts"});
        auto const seen = report(bundle, *option ? Words{option} : Words{});
        for (auto const& list : seen.all("ls")) {
            CHECK(list.has("/inside"));
            for (auto const* name : {"/home", "/usr", "/work", "/boot"})
                CHECK_FALSE(list.has(name));
        }
        if (*option) continue; // the old mounts are still in that namespace, out of reach
        auto const mounts = seen["mounts"];
        for (size_t i = 0; i < mounts.size(); ++i) {
            auto const target = mounts.text("/" + std::to_string(i) + "/target");
            bool const known = target == "/" || target.starts_with("/proc")
                               || target.starts_with("/dev") || target.starts_with("/sys");
            INFO(target);
            CHECK(known);
        }
    }
}

TEST_CASE("rootfs: create leaves nothing in the root but mount points", "[rootfs]") {
    Bundle bundle;
    (void)report(bundle);
    auto const list = run({suite().inside, "ls", bundle.rootfs()});
    auto const names = Report(list.out)["ls"].keys();
    for (auto const& name : names) {
        INFO(name);
        CHECK((name == "inside" || name == "proc" || name == "dev" || name == "sys"));
    }
    CHECK(Report(run({suite().inside, "ls", bundle.rootfs("/dev")}).out)["ls"].size() == 0);
}

TEST_CASE("rootfs: masked files and directories", "[rootfs]") {
    Bundle bundle;
    bundle.file("/secret/file", "hidden").file("/visible", "shown").file("/key", "hidden");
    bundle.set("/root/readonly", "false");
    bundle.set("/linux/maskedPaths", R"(["/secret","/key","/not/there","/proc/kcore"])");
    bundle.inside({"ls", "/secret", ";", "cat", "/key", ";", "cat", "/proc/kcore", ";", "write",
                   "/secret/new", "x", ";", "cat", "/visible"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK_FALSE(contains(ran.out, "hidden"));
    CHECK(contains(ran.out, "shown"));
    CHECK(Report(ran.out)["ls"].size() == 0);
    CHECK(Report(ran.out)["write"].text("/errno") == "EROFS");
    CHECK(read_file(bundle.rootfs("/key")) == "hidden");
}

TEST_CASE("rootfs: the default masks and read-only paths hold", "[rootfs]") {
    Bundle bundle;
    bundle.inside({"cat",
                   "/proc/keys",
                   ";",
                   "cat",
                   "/proc/timer_list",
                   ";",
                   "ls",
                   "/proc/acpi",
                   ";",
                   "ls",
                   "/sys/firmware",
                   ";",
                   "write",
                   "/proc/sys/kernel/domainname",
                   "x",
                   ";",
                   "write",
                   "/proc/sysrq-trigger",
                   "h",
                   ";",
                   "write",
                   "/proc/irq/default_smp_affinity",
                   "1",
                   ";",
                   "write",
                   "/sys/kernel/uevent_helper",
                   "x"});
    auto const ran = Container(bundle).run();
    Report const seen(ran.out);
    CHECK(ran.out.starts_with("{\"ls\"")); // nothing came from the two files
    for (auto const& list : seen.all("ls")) CHECK(list.size() == 0);
    for (auto const& error : errnos(seen, "write"))
        CHECK((error == "EROFS" || error == "EACCES" || error == "ENOENT"));
}

TEST_CASE("rootfs: read-only paths, with what is mounted below", "[rootfs]") {
    Bundle bundle;
    bundle.set("/root/readonly", "false");
    bundle.directory("/data").file("/file", "old");
    bundle.mount("/data/inner", "tmpfs", "tmpfs", {});
    bundle.set("/linux/readonlyPaths", R"(["/data","/file","/not/there"])");
    bundle.inside(
        {"write", "/data/x", "x", ";", "write", "/file", "x", ";", "write", "/other", "x"});
    auto const seen = report(bundle);
    CHECK(errnos(seen, "write") == std::vector<std::string>{"EROFS", "EROFS", ""});
}

TEST_CASE("rootfs: without pivot_root", "[rootfs]") {
    Bundle bundle;
    bundle.inside({"cwd", ";", "write", "/x", "y", ";", "ids"});
    auto const seen = report(bundle, {"--no-pivot"});
    CHECK(seen["cwd"].dump() == "\"/\"");
    CHECK(seen["write"].text("/errno") == "EROFS");
}

TEST_CASE("rootfs: on a mount of its own", "[rootfs]") {
    Bundle bundle; // the rootfs as a mount point, as engines make it (overlay, bind)
    auto const there = bundle.path() + "/mounted";
    ::mkdir(there.c_str(), 0755);
    REQUIRE(::mount(bundle.rootfs().c_str(), there.c_str(), nullptr, MS_BIND, nullptr) == 0);
    bundle.set("/root/path", json_quote(there)).inside({"write", "/x", "y"});
    auto const ran = Container(bundle).run();
    CHECK(Report(ran.out)["write"].text("/errno") == "EROFS");
    CHECK(write_file(there + "/host", "the host's mount is as it was"));
    REQUIRE(::umount2(there.c_str(), 0) == 0);
}

TEST_CASE("rootfs: on an overlay, a tmpfs, a ramfs", "[rootfs]") {
    for (std::string const type : {"overlay", "tmpfs", "ramfs"}) {
        INFO(type);
        Bundle bundle;
        for (auto const* name : {"/lower", "/upper", "/work"})
            ::mkdir((bundle.path() + name).c_str(), 0755);
        auto const layers = "lowerdir=" + bundle.path() + "/lower,upperdir=" + bundle.path()
                            + "/upper,workdir=" + bundle.path() + "/work";
        auto const root = bundle.rootfs();
        REQUIRE(::mount(type.c_str(), root.c_str(), type.c_str(), 0,
                        type == "overlay" ? layers.c_str() : nullptr)
                == 0);
        std::filesystem::copy_file(suite().inside, root + "/inside");
        bundle.inside({"mounts", ";", "write", "/new", "x", ";", "cat", "/proc/kcore"});
        // The option is for the root of a ramdisk, where pivot_root(2) isn't possible.
        for (auto const& options : {Words{}, Words{"--no-pivot"}}) {
            bundle.set("/root/readonly", "true");
            auto const sealed = report(bundle, options);
            CHECK(contains(sealed["mounts"].dump("/0"), "\"type\":\"" + type + "\""));
            CHECK(sealed["write"].text("/errno") == "EROFS");
            bundle.set("/root/readonly", "false");
            CHECK(report(bundle, options)["write"].text("/errno") == "");
            CHECK(read_file(root + "/new") == "x");
        }
        CHECK(::umount2(root.c_str(), MNT_DETACH) == 0);
    }
}
