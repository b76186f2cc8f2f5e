// SPDX-License-Identifier: Apache-2.0
// test/host/bind_sources.cc - a bind mount shows what the host has at its source.
//
// [config.md#mounts]

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"
#include "mount_seen.h"

using namespace host;

namespace {

constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";

struct Setting {
    char const* name;
    void (*prepare)(Bundle&);
    char const* option; ///< of create, or ""
};
constexpr Setting settings[] = {
    {"plain", [](Bundle&) {}, ""},
    {"shared", [](Bundle& bundle) { bundle.set("/linux/rootfsPropagation", "\"rshared\""); }, ""},
    {"hooks",
     [](Bundle& bundle) { bundle.set("/hooks/createRuntime", R"([{"path":"/bin/true"}])"); }, ""},
    {"user namespace",
     [](Bundle& bundle) {
         ::chown(bundle.rootfs().c_str(), 100000, 100000);
         bundle.set("/linux/namespaces/-", R"({"type":"user"})");
         bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
     },
     ""},
    {"without pivot_root", [](Bundle&) {}, "--no-pivot"},
};

/// The mounts below `place`, a directory of the container.
int mounts_below(Report const& seen, std::string const& place) {
    auto const mounts = seen["mounts"];
    int count = 0;
    for (size_t i = 0; i < mounts.size(); ++i)
        count += mounts.text("/" + std::to_string(i) + "/target").starts_with(place + "/");
    return count;
}

} // namespace

TEST_CASE("bind sources: / is the host's root, without what the container mounts", "[mounts]") {
    for (auto const& setting : settings)
        for (Words const& options :
             {Words{"rbind"}, Words{"rbind", "rprivate"}, Words{"rbind", "rslave", "ro"},
              Words{"rbind", "rshared"}, Words{"rbind", "rro"}}) {
            INFO(setting.name << " " << options.back());
            Bundle bundle;
            setting.prepare(bundle);
            REQUIRE(write_file(bundle.path() + "/mark", "of the host"));
            for (auto const* place : {"/one", "/two"}) bundle.mount(place, "bind", "/", options);
            bundle.mount("/three", "bind", bundle.path(), options);
            bundle.mount("/four", "bind", "/proc/sys", {"rbind", "ro"});
            bundle.inside({"cat", "/one" + bundle.path() + "/mark", ";", "cat",
                           "/two" + bundle.path() + "/mark", ";", "cat", "/three/mark", ";",
                           "mounts", ";", "ls", "/one/proc/self/fd", ";", "stat", "/four/kernel"});
            Container container(bundle);
            auto const ran = container.run(*setting.option ? Words{setting.option} : Words{}, {});
            INFO(ran.out << ran.err);
            REQUIRE(ran.status == 0);
            auto const first = ran.out.find("of the host");
            REQUIRE(first != ran.out.npos);
            auto const second = ran.out.find("of the host", first + 1);
            REQUIRE(second != ran.out.npos);
            CHECK(ran.out.find("of the host", second + 1) != ran.out.npos);
            Report const seen(ran.out);
            for (auto const* place : {"/one", "/two"})
                CHECK(mounts_below(seen, place + bundle.rootfs()) == 0);
            CHECK(mounts_below(seen, "/three/rootfs") == 0);
        }
}

TEST_CASE("bind sources: / alone, and a way up from it", "[mounts]") {
    for (auto const* source : {"/", "/..", "/../"}) {
        INFO(source);
        Bundle bundle;
        bundle.mount("/host", "bind", source, {"bind"});
        bundle.inside({"ls", "/host"});
        auto const seen = report(bundle)["ls"];
        CHECK_FALSE(seen.has("/inside"));
        CHECK(seen.has("/usr"));
    }
}

TEST_CASE("bind sources: on the host's shared root, what is mounted goes both ways",
          "[mounts][propagation]") {
    Bundle bundle;
    // The container's root is a mount, as engines make it.
    auto const root = bundle.path() + "/mounted";
    ::mkdir(root.c_str(), 0755);
    REQUIRE(::mount(bundle.rootfs().c_str(), root.c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(::mount(nullptr, "/", nullptr, MS_SHARED, nullptr) == 0);
    for (auto const* set : {"bounding", "effective", "permitted"})
        bundle.set(std::string("/process/capabilities/") + set, R"(["CAP_SYS_ADMIN"])");
    bundle.set("/root/path", json_quote(root)).set("/linux/rootfsPropagation", "\"rshared\"");
    bundle.mount("/host", "bind", "/", {"bind", "rshared"});
    bundle.inside({"mount", "/host/mnt"});
    auto const before = read_file("/proc/self/mountinfo");
    {
        Container container(bundle);
        auto const ran = container.run();
        INFO(ran.out << ran.err);
        CHECK(ran.status == 0);
        auto const after = read_file("/proc/self/mountinfo");
        CHECK(contains(after, " /mnt "));
        ::umount2("/mnt", MNT_DETACH);
        CHECK(read_file("/proc/self/mountinfo") == before);
    }
    ::mount(nullptr, "/", nullptr, MS_PRIVATE, nullptr);
    ::umount2(root.c_str(), MNT_DETACH);
}

TEST_CASE("bind sources: below the root's path they are what earlier mounts put there",
          "[mounts]") {
    for (auto const& setting : settings) {
        INFO(setting.name);
        Bundle bundle;
        setting.prepare(bundle);
        HostDirectory const source(bundle);
        ::mkdir((source.path + "/sub").c_str(), 0755);
        REQUIRE(write_file(source.path + "/sub/text", "mounted before"));
        bundle.directory("/first").directory("/second").link("/first/sub", "/nowhere");
        bundle.mount("/first", "bind", source.path, {"bind"});
        bundle.mount("/second", "bind", bundle.rootfs("/first/sub"), {"rbind", "ro"});
        bundle.mount("/third", "bind", bundle.rootfs("/first/sub/text"), {"bind"});
        bundle.inside({"cat", "/second/text", ";", "cat", "/third", ";", "mounts"});
        Container container(bundle);
        auto const ran = container.run(*setting.option ? Words{setting.option} : Words{}, {});
        INFO(ran.out << ran.err);
        auto const first = ran.out.find("mounted before");
        REQUIRE(first != ran.out.npos);
        CHECK(ran.out.find("mounted before", first + 1) != ran.out.npos);
        has(mount_at(Report(ran.out), "/second"), "options", {"ro"});
    }
}

TEST_CASE("bind sources: a link of the image leads a source nowhere but into the root",
          "[mounts][security]") {
    Bundle bundle;
    REQUIRE(write_file(bundle.path() + "/secret", "of the host"));
    bundle.link("/link", bundle.path()).file("/place", ""); // a file goes on a file
    bundle.mount("/place", "bind", bundle.rootfs("/link/secret"), {"bind"});
    refused(bundle, "/link/secret");
}

TEST_CASE("bind sources: a link of the image chooses no procfs, which isn't masked yet",
          "[mounts][security]") {
    Bundle bundle;
    bundle.link("/link", "/proc/sys").directory("/place");
    bundle.mount("/place", "bind", bundle.rootfs("/link"), {"bind", "rw"});
    refused(bundle, "too many levels of symbolic links");
}

TEST_CASE("bind sources: by a link of the host's, too, without what the container mounts",
          "[mounts][security]") {
    Bundle bundle;
    auto const link = bundle.path() + "/link";
    REQUIRE(::symlink(bundle.path().c_str(), link.c_str()) == 0);
    bundle.mount("/host", "bind", link, {"rbind", "ro"});
    bundle.inside({"ls", "/host/rootfs/proc", ";", "open", "/host/rootfs/proc/version", "r"});
    auto const seen = report(bundle);
    CHECK(seen["ls"].size() == 0);
    CHECK(seen["open"].text("/errno") == "ENOENT");
}

TEST_CASE("bind sources: what is bound on / is the root from then on", "[mounts][rootfs]") {
    for (auto const& setting : settings) {
        INFO(setting.name);
        Bundle bundle;
        auto const other = bundle.path() + "/other";
        ::mkdir(other.c_str(), 0755);
        ::chown(other.c_str(), 100000, 100000);
        REQUIRE(::link(suite().inside.c_str(), (other + "/inside").c_str()) == 0);
        REQUIRE(write_file(other + "/which", "the other root"));
        setting.prepare(bundle);
        bundle.set("/mounts/0", R"({"destination":"/","type":"bind","source":)" + json_quote(other)
                                    + R"(,"options":["rbind"]})");
        bundle.set("/mounts/-", R"({"destination":"/proc","type":"proc","source":"proc"})");
        bundle.inside({"cat", "/which", ";", "write", "/new", "x", ";", "cat", "/proc/self/status",
                       ";", "ls", "/.."});
        bundle.set("/root/readonly", "true");
        Container container(bundle);
        auto const ran = container.run(*setting.option ? Words{setting.option} : Words{}, {});
        INFO(ran.out << ran.err);
        CHECK(contains(ran.out, "the other root"));
        CHECK(contains(ran.out, "Name:"));
        Report const seen(ran.out);
        CHECK(seen["write"].text("/errno") == "EROFS");
        CHECK(seen["ls"].has("/which"));
    }
    Bundle bundle;
    bundle.share_namespace("mount").mount("/", "bind", bundle.path(), {"bind"});
    refused(bundle, "is the root itself");
}

TEST_CASE("bind sources: a file on a directory, and the reverse, is told as that", "[mounts]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.directory("/directory").file("/file", "x");
    bundle.mount("/directory", "bind", source.path + "/file", {"bind"});
    refused(bundle, "the source is a file, the destination is a directory");
    bundle.config().remove("/mounts/7");
    bundle.mount("/file", "bind", source.path, {"bind"});
    refused(bundle, "the source is a directory, the destination is a file");
}
