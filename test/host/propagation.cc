// SPDX-License-Identifier: Apache-2.0
// test/host/propagation.cc - a mount on one side, and which other side sees it.
//
// [config-linux.md#rootfs-mount-propagation]

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"
#include "mount_seen.h"

using namespace host;

namespace {

/// A bundle whose root is a shared mount of the host, as systemd makes all of them. /inside may
/// mount.
struct SharedRoot {
    Bundle bundle;
    std::string path = bundle.path() + "/mounted";

    explicit SharedRoot(std::string const& propagation) {
        ::mkdir(path.c_str(), 0755);
        REQUIRE(::mount(bundle.rootfs().c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0);
        REQUIRE(::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr) == 0);
        bundle.set("/root/path", json_quote(path)).set("/root/readonly", "false");
        if (!propagation.empty()) bundle.set("/linux/rootfsPropagation", json_quote(propagation));
        for (auto const* set : {"bounding", "effective", "permitted"})
            bundle.set(std::string("/process/capabilities/") + set, R"(["CAP_SYS_ADMIN"])");
        bundle.directory("/late").directory("/made");
    }
    SharedRoot(SharedRoot const&) = delete;
    SharedRoot& operator=(SharedRoot const&) = delete;
    ~SharedRoot() { ::umount2(path.c_str(), MNT_DETACH); }
};

/// A shared tmpfs of the host, to be a volume.
struct SharedVolume {
    explicit SharedVolume(Bundle const& bundle) : path(bundle.path() + "/volume") {
        ::mkdir(path.c_str(), 0755);
        REQUIRE(::mount("volume", path.c_str(), "tmpfs", 0, nullptr) == 0);
        REQUIRE(::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr) == 0);
        for (auto const* name : {"/late", "/made"}) ::mkdir((path + name).c_str(), 0755);
    }
    SharedVolume(SharedVolume const&) = delete;
    SharedVolume& operator=(SharedVolume const&) = delete;
    ~SharedVolume() { ::umount2(path.c_str(), MNT_DETACH); }
    std::string path;
};

bool is_mounted(std::string const& path) {
    return contains(read_file("/proc/self/mountinfo"), " " + path + " ");
}

} // namespace

TEST_CASE("propagation: what the root is", "[mounts][rootfs][propagation]") {
    struct Row {
        char const* propagation;
        bool shared, slave, unbindable;
    };
    constexpr Row rows[] = {
        {"", false, true, false},
        {"slave", false, true, false},
        {"rslave", false, true, false},
        {"private", false, false, false},
        {"rprivate", false, false, false},
        {"shared", true, false, false},
        {"rshared", true, false, false},
        {"unbindable", false, false, true},
        {"runbindable", false, false, true},
    };
    for (auto const& row : rows)
        for (auto const* how : {"", "--no-pivot"}) {
            INFO(row.propagation << " " << how);
            SharedRoot root(row.propagation);
            root.bundle.inside({"mounts"});
            // A mask and a read-only path are copies of mounts: they must be made before.
            root.bundle.set("/linux/readonlyPaths", R"(["/late","/proc/sys"])");
            auto const seen = report(root.bundle, *how ? Words{how} : Words{});
            auto const tags = mount_at(seen, "/").dump("/tags");
            INFO(tags);
            CHECK(contains(tags, "shared:") == row.shared);
            CHECK(contains(tags, "unbindable") == row.unbindable);
            if (suite().is_davit) CHECK(contains(tags, "master:") == row.slave);
            if (*row.propagation == 'r' && *how == '\0') {
                auto const proc = mount_at(seen, "/proc").dump("/tags");
                CHECK(contains(proc, "shared:") == row.shared);
                CHECK(contains(proc, "unbindable") == row.unbindable);
            }
        }
    Bundle wrong;
    wrong.set("/linux/rootfsPropagation", "\"loud\"");
    refused(wrong, "loud");
}

TEST_CASE("propagation: who sees what is mounted later", "[mounts][rootfs][propagation]") {
    struct Row {
        char const* root;
        char const* volume; ///< an option, or ""
        bool root_sees, volume_sees, host_sees;
    };
    constexpr Row rows[] = {
        {"", "", true, true, false},
        {"rslave", "rprivate", true, false, false},
        {"private", "", false, false, false},
        {"shared", "", false, true, false},
        {"shared", "rprivate", false, false, false},
        {"shared", "rshared", false, true, true},
        {"rshared", "rshared", false, true, true},
        {"rshared", "rslave", false, true, false},
        {"unbindable", "", false, false, false},
    };
    for (auto const& row : rows) {
        INFO("root " << row.root << ", volume " << row.volume);
        SharedRoot root(row.root);
        SharedVolume const volume(root.bundle);
        Words options{"rbind"};
        if (*row.volume) options.emplace_back(row.volume);
        root.bundle.mount("/volume", "bind", volume.path, options);
        root.bundle.inside({"mount", "/made", ";", "mount", "/volume/made", ";", "trap", "USR1",
                            "TERM", ";", "mounts"});
        Container container(root.bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
        {
            CHECK_FALSE(is_mounted(root.path + "/made"));
            CHECK(is_mounted(volume.path + "/made") == row.host_sees);
            Mounted const in_root("late", root.path + "/late");
            Mounted const in_volume("late", volume.path + "/late");
            CHECK(container.kill("TERM").status == 0);
            REQUIRE(container.wait_stopped());
        }
        Report const seen(container.out());
        CHECK(mount_at(seen, "/made").text("/type") == "tmpfs");
        CHECK((mount_at(seen, "/late").text("/source") == "late") == row.root_sees);
        CHECK((mount_at(seen, "/volume/late").text("/source") == "late") == row.volume_sees);
        CHECK(container.remove().status == 0);
        // The host's mounts are still there: pivot_root removed none of them.
        CHECK(is_mounted(volume.path));
        CHECK(exists("/proc/self/status"));
        ::umount2((volume.path + "/made").c_str(), MNT_DETACH);
    }
}

TEST_CASE("propagation: create hooks find a shared root at its path, the host doesn't",
          "[mounts][rootfs][propagation][hooks]") {
    for (auto const* propagation : {"shared", "rshared", "unbindable"}) {
        INFO(propagation);
        SharedRoot root(propagation);
        root.bundle.set("/hooks/createRuntime", R"([{"path":"/bin/true"}])");
        root.bundle.inside({"mounts"});
        auto const before = read_file("/proc/self/mountinfo");
        Container container(root.bundle);
        auto const created = container.create();
        if (skip_unsupported(created)) return;
        INFO(created.err);
        REQUIRE(created.status == 0);
        CHECK(read_file("/proc/self/mountinfo") == before);
        REQUIRE(container.start().status == 0);
        REQUIRE(container.wait_stopped());
        CHECK(contains(mount_at(Report(container.out()), "/").dump("/tags"), "shared:")
              == (std::string(propagation) != "unbindable"));
        CHECK(container.remove().status == 0);
    }
}
