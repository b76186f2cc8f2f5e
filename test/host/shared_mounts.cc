// SPDX-License-Identifier: Apache-2.0
// test/host/shared_mounts.cc - a container without a mount namespace: its mounts are the caller's,
// all below one over its root, and go with it. (That they have gone, each Bundle's end checks.)
//
// [config-linux.md#namespaces]

#include <sys/mount.h>

#include <algorithm>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

std::ptrdiff_t mounts_at(std::string const& path) {
    auto const table = read_file("/proc/self/mountinfo");
    std::ptrdiff_t count = 0;
    for (std::size_t at = 0; (at = table.find(" " + path + " ", at)) != std::string::npos; ++at)
        ++count;
    return count;
}

} // namespace

TEST_CASE("shared mounts: they are there for the container, and for the caller",
          "[shared-mounts]") {
    Bundle bundle;
    bundle.directory("/data").directory("/place").file("/data/file", "from here");
    bundle.share_namespace("mount").mount("/place", "bind", bundle.rootfs("/data"), {"bind", "ro"});
    bundle.inside({"cat", "/place/file", ";", "write", "/place/new", "x", ";", "ls", "/", ";", "ls",
                   "/..", ";", "write", "/proc/sys/kernel/hostname", "x"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    CHECK(mounts_at(bundle.rootfs()) == 1);
    CHECK(mounts_at(bundle.rootfs("/proc")) == 1);
    CHECK(mounts_at(bundle.rootfs("/place")) == 1);
    REQUIRE(container.start().status == 0);
    REQUIRE(container.wait_stopped());
    auto const out = container.out();
    INFO(out << container.err());
    CHECK(contains(out, "from here"));
    Report const seen(out);
    for (auto const& line : seen.all("write")) CHECK(line.text("/errno") == "EROFS");
    for (auto const& list : seen.all("ls")) {
        CHECK(list.has("/inside"));
        CHECK_FALSE(list.has("/usr"));
    }
    CHECK(mounts_at(bundle.rootfs("/proc")) == 1);
    CHECK(container.remove().status == 0);
    CHECK(mounts_at(bundle.rootfs()) == 0);
    CHECK(mounts_at(bundle.rootfs("/place")) == 0);
}

TEST_CASE("shared mounts: a container that can't be made leaves none", "[shared-mounts]") {
    Bundle bundle;
    bundle.share_namespace("mount");
    bundle.set("/process/args", R"(["/missing"])");
    refused(bundle, "/missing");
    bundle.inside({"echo", "here"}).mount("/data", "bind", "missing", {"bind"});
    refused(bundle, "missing");
}

TEST_CASE("shared mounts: below a shared mount the container's own stay private",
          "[shared-mounts]") {
    Bundle bundle;
    bundle.share_namespace("mount");
    auto const parent = bundle.path();
    REQUIRE(::mount(parent.c_str(), parent.c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(::mount(nullptr, parent.c_str(), nullptr, MS_SHARED, nullptr) == 0);
    {
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const table = read_file("/proc/self/mountinfo");
        auto const line = table.find(" " + bundle.rootfs("/proc") + " ");
        REQUIRE(line != std::string::npos);
        CHECK_FALSE(contains(table.substr(line, table.find('\n', line) - line), "shared:"));
    }
    ::umount2(parent.c_str(), MNT_DETACH);
}

TEST_CASE("shared mounts: what somebody else has mounted over the root isn't ours to unmount",
          "[shared-mounts]") {
    Bundle bundle;
    bundle.share_namespace("mount");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(::mount("davit-test", bundle.rootfs().c_str(), "tmpfs", 0, nullptr) == 0);
    auto const removed = container.remove();
    CHECK(removed.status != 0);
    CHECK(contains(removed.err, "something is mounted over the container's root"));
    CHECK(mounts_at(bundle.rootfs()) == 2);
    REQUIRE(::umount(bundle.rootfs().c_str()) == 0);
    CHECK(container.remove().status == 0);
    CHECK(mounts_at(bundle.rootfs()) == 0);
}

TEST_CASE("shared mounts: unmounted by somebody else", "[shared-mounts]") {
    Bundle bundle;
    bundle.share_namespace("mount");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(::umount2(bundle.rootfs().c_str(), MNT_DETACH) == 0);
    REQUIRE(::mount("davit-test", bundle.rootfs().c_str(), "tmpfs", 0, nullptr) == 0);
    CHECK(container.remove().status == 0);
    CHECK(mounts_at(bundle.rootfs()) == 1);
    REQUIRE(::umount(bundle.rootfs().c_str()) == 0);
}

TEST_CASE("shared mounts: a user namespace can't have them", "[shared-mounts][users]") {
    Bundle bundle;
    bundle.share_namespace("mount").set("/linux/namespaces/-", R"({"type":"user"})");
    bundle.set("/linux/uidMappings", R"([{"containerID":0,"hostID":100000,"size":65536}])");
    bundle.set("/linux/gidMappings", R"([{"containerID":0,"hostID":100000,"size":65536}])");
    refused(bundle, "namespace, too");
}

TEST_CASE("shared mounts: nothing is mounted over the caller's root", "[shared-mounts]") {
    Bundle bundle;
    bundle.share_namespace("mount").set("/root/path", "\"/\"").set("/mounts", "[]");
    refused(bundle, "has to have a path");
}
