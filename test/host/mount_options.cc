// SPDX-License-Identifier: Apache-2.0
// test/host/mount_options.cc - the effect of each option of the specification, seen from inside.
//
// [config.md#linux-mount-options]

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"
#include "mount_seen.h"

using namespace host;

namespace {

struct Row {
    char const* option;
    char const* shown;    ///< in /proc/self/mountinfo; "!word": is not shown
    unsigned long before; ///< the flags of the source
};

constexpr Row attributes[] = {
    {"ro", "ro", 0},
    {"rw", "rw", MS_RDONLY},
    {"nosuid", "nosuid", 0},
    {"suid", "!nosuid", MS_NOSUID},
    {"nodev", "nodev", 0},
    {"dev", "!nodev", MS_NODEV},
    {"noexec", "noexec", 0},
    {"exec", "!noexec", MS_NOEXEC},
    {"nosymfollow", "nosymfollow", 0},
    {"symfollow", "!nosymfollow", 256}, // MS_NOSYMFOLLOW
    {"nodiratime", "nodiratime", 0},
    {"diratime", "!nodiratime", MS_NODIRATIME},
    {"noatime", "noatime", 0},
    {"atime", "relatime", MS_NOATIME}, // the kernel's default
    {"relatime", "relatime", MS_NOATIME},
    {"norelatime", "!noatime", MS_NOATIME},
    {"strictatime", "!relatime", 0},
    {"nostrictatime", "relatime", MS_STRICTATIME},
};

void shows(Json const& mount, std::string const& word) {
    INFO(mount.dump());
    bool const absent = word.starts_with("!");
    CHECK(listed(mount.text("/options"), absent ? word.substr(1) : word) != absent);
}

std::string word_of(Row const& row) { return row.option; }

} // namespace

TEST_CASE("mounts: every flag of a mount, for it alone and with all below", "[mounts][options]") {
    for (auto const& row : attributes) {
        INFO(row.option);
        Bundle bundle;
        ::mkdir((bundle.path() + "/source").c_str(), 0755);
        Mounted const top("top", bundle.path() + "/source", row.before);
        // If the top is read-only, the mount point must exist before.
        ::mount(nullptr, top.place.c_str(), nullptr, MS_REMOUNT, nullptr);
        ::mkdir((top.place + "/below").c_str(), 0755);
        Mounted const below("below", top.place + "/below", row.before);
        ::mount(nullptr, top.place.c_str(), nullptr, MS_REMOUNT | MS_BIND | row.before, nullptr);
        bundle.mount("/here", "bind", top.place, {"rbind", row.option});
        bundle.mount("/all", "bind", top.place, {"rbind", "r" + word_of(row)});
        bundle.mount("/rnew", "tmpfs", "tmpfs", {"r" + word_of(row)});
        bundle.mount("/new", "tmpfs", "tmpfs", {row.option});
        bundle.inside({"mounts"});
        auto const seen = report(bundle);
        for (auto const* place : {"/here", "/all", "/all/below", "/new", "/rnew"})
            shows(mount_at(seen, place), row.shown);
        // Options that config.json doesn't name stay.
        std::string const shown = row.shown;
        if (row.option != std::string("norelatime") && row.option != std::string("strictatime"))
            shows(mount_at(seen, "/here/below"), shown == "ro"            ? "rw"
                                                 : shown == "rw"          ? "ro"
                                                 : shown == "relatime"    ? "!relatime"
                                                 : shown.starts_with("!") ? shown.substr(1)
                                                                          : "!" + shown);
    }
}

TEST_CASE("mounts: the flags of file systems", "[mounts][options]") {
    struct Flag {
        char const* option;
        char const* shown;
    };
    constexpr Flag flags[] = {
        {"sync", "sync"},
        {"async", "!sync"},
        {"dirsync", "dirsync"},
        {"lazytime", "lazytime"},
        {"nolazytime", "!lazytime"},
        {"mand", ""},
        {"nomand", "!mand"},
        {"iversion", ""},
        {"noiversion", ""},
        {"silent", ""},
        {"loud", ""},
        {"defaults", "rw"},
        {"ro", "ro"},
    };
    for (auto const& [option, shown] : flags) {
        INFO(option);
        Bundle bundle;
        bundle.mount("/new", "ramfs", "one", {option});
        bundle.mount("/both", "tmpfs", "two", {"silent", "nodev", "mode=700", option}); // mount(2)
        bundle.mount("/bound", "bind", "/proc/sys", {"bind", option}); // not a bind's: ignored
        bundle.inside({"mounts"});
        auto const seen = report(bundle);
        std::string const word = shown;
        for (auto const* place : {"/new", "/both"}) {
            auto const mount = mount_at(seen, place);
            INFO(mount.dump());
            // A tmpfs becomes read-only at the end: its superblock stays writable.
            if (word == "ro") {
                has(mount, "options", {"ro"});
                continue;
            }
            if (word.starts_with("!"))
                CHECK_FALSE(listed(mount.text("/super"), word.substr(1)));
            else if (!word.empty())
                CHECK(listed(mount.text("/super"), word));
        }
        has(mount_at(seen, "/both"), "options", {"nodev"});
        has(mount_at(seen, "/both"), "super", {"mode=700"});
        CHECK(mount_at(seen, "/both").text("/source") == "two");
        CHECK(mount_at(seen, "/bound").text("/type") == "proc");
    }
}

TEST_CASE("mounts: options longer than fsconfig(2) takes", "[mounts][options]") {
    Bundle bundle;
    std::string layers;
    for (int i = 0; i < 12; ++i) {
        auto const layer = bundle.path() + "/layer" + std::to_string(i) + std::string(30, 'x');
        ::mkdir(layer.c_str(), 0755);
        write_file(layer + "/file" + std::to_string(i), "of layer " + std::to_string(i));
        layers += (i ? ":" : "") + layer;
    }
    for (auto const* name : {"/upper", "/work"}) ::mkdir((bundle.path() + name).c_str(), 0755);
    REQUIRE(layers.size() > 255);
    bundle.mount("/deep/data", "overlay", "layers",
                 {"nosuid", "lowerdir=" + layers, "upperdir=" + bundle.path() + "/upper",
                  "workdir=" + bundle.path() + "/work"});
    bundle.mount("/read", "overlay", "layers", {"ro", "lowerdir=" + layers});
    bundle.inside({"cat", "/deep/data/file11", ";", "write", "/deep/data/new", "text", ";", "write",
                   "/read/new", "text", ";", "mounts"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(contains(ran.out, "of layer 11"));
    CHECK(read_file(bundle.path() + "/upper/new") == "text");
    Report const seen(ran.out);
    CHECK(seen["write"].text("/errno") == "EROFS");
    has(mount_at(seen, "/deep/data"), "options", {"nosuid", "rw"});
    has(mount_at(seen, "/read"), "options", {"ro"});
    CHECK(mount_at(seen, "/read").text("/source") == "layers");
    // No directory on the way there is left.
    CHECK_FALSE(contains(seen["mounts"].dump(), "scratch"));

    Bundle wrong;
    wrong.mount("/data", "overlay", "layers", {"lowerdir=/nonexistent" + std::string(300, 'x')});
    refused(wrong, "/data");
    Bundle endless;
    endless.mount("/data", "overlay", "layers", {"lowerdir=" + std::string(5000, 'x')});
    refused(endless, suite().is_davit ? "/mounts/7/options: longer" : "");
}

TEST_CASE("mounts: a colon in a layer's name, an empty value", "[mounts][options]") {
    Bundle bundle;
    // Until then, what overlayfs was told by fsconfig(2) could have no comma.
    std::string const comma = is_linux(6, 5) ? ",comma" : "";
    auto const layer = bundle.path() + "/with:colon" + comma;
    ::mkdir(layer.c_str(), 0755);
    write_file(layer + "/file", "found");
    auto const other = bundle.path() + "/other";
    ::mkdir(other.c_str(), 0755);
    auto const escaped = bundle.path() + "/with\\:colon" + comma;
    bundle.mount("/data", "overlay", "o", {"ro", "lowerdir=" + escaped + ":" + other});
    bundle.inside({"cat", "/data/file"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(contains(ran.out, "found"));
    Bundle empty;
    empty.mount("/t", "tmpfs", "t", {"size="});
    refused(empty, suite().is_davit ? "size=" : "");
}

TEST_CASE("mounts: remount of a mount replaces its flags", "[mounts][remount]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.mount("/t", "tmpfs", "tmpfs", {"nodev", "noatime"});
    bundle.mount("/t", "bind", "/", {"remount", "bind", "ro", "noexec"});
    bundle.mount("/s", "bind", source.path, {"bind"});
    bundle.mount("/s", "none", "", {"remount", "bind", "nosuid", "private"});
    bundle.inside({"mounts"});
    auto const seen = report(bundle);
    auto const mount = mount_at(seen, "/t");
    has(mount, "options", {"ro", "noexec", "noatime"});
    CHECK_FALSE(listed(mount.text("/options"), "nodev"));
    has(mount, "super", {"rw"});
    has(mount_at(seen, "/s"), "options", {"nosuid"});
}

TEST_CASE("mounts: remount of a file system", "[mounts][remount]") {
    Bundle bundle;
    bundle.mount("/t", "tmpfs", "tmpfs", {"size=1m", "nodev"});
    bundle.mount("/t", "tmpfs", "tmpfs", {"remount", "size=2m", "sync", "noexec", "rnosuid"});
    bundle.mount("/u", "tmpfs", "tmpfs", {});
    bundle.mount("/u", "tmpfs", "tmpfs", {"remount", "ro"});
    bundle.inside({"mounts", ";", "write", "/u/x", "x"});
    auto const seen = report(bundle);
    has(mount_at(seen, "/t"), "super", {"size=2048k", "sync"});
    has(mount_at(seen, "/t"), "options", {"noexec", "nosuid"});
    CHECK_FALSE(listed(mount_at(seen, "/t").text("/options"), "nodev"));
    has(mount_at(seen, "/u"), "super", {"ro"});
    CHECK(seen["write"].text("/errno") == "EROFS");
}

TEST_CASE("mounts: a remount needs a mount", "[mounts][remount]") {
    for (auto const* sort : {"bind", "rw"}) {
        Bundle bundle;
        bundle.directory("/plain");
        bundle.mount("/plain", "tmpfs", "", {"remount", sort, "ro"});
        refused(bundle, suite().is_davit ? "nothing is mounted there" : "/plain");
        bundle.remove("/mounts/7").mount("/missing", "tmpfs", "", {"remount", sort, "ro"});
        refused(bundle, "/missing");
        CHECK_FALSE(exists(bundle.rootfs("/missing")));
    }
}

TEST_CASE("mounts: tmpcopyup brings all that was there", "[mounts][copyup]") {
    Bundle bundle;
    bundle.file("/etc/kept/file", "content", 0640).file("/etc/suid", "s", 04755);
    bundle.file("/etc/capable", "content", 0755).directory("/etc/empty");
    bundle.link("/etc/link", "/kept/file").link("/etc/dangling", "nothing");
    auto const etc = bundle.rootfs("/etc");
    ::chmod(etc.c_str(), 0751);
    ::chown(etc.c_str(), 5, 6);
    ::chown((etc + "/kept/file").c_str(), 7, 8);
    ::mkfifo((etc + "/fifo").c_str(), 0600);
    ::mknod((etc + "/device").c_str(), S_IFCHR | 0666, makedev(1, 3));
    unsigned char const capability[20] = {1, 0, 0, 2, 0, 4};
    ::setxattr((etc + "/capable").c_str(), "security.capability", capability, sizeof capability, 0);
    timespec const times[2] = {{1000, 0}, {2000, 0}};
    ::utimensat(AT_FDCWD, (etc + "/kept/file").c_str(), times, 0);
    write_file(etc + "/large", std::string(3 << 20, 'l'));
    bundle.mount("/etc", "tmpfs", "tmpfs", {"tmpcopyup", "nodev", "ro"});
    bundle.inside({"cat", "/etc/capable", ";", "stat", "/etc", "/etc/kept/file", "/etc/suid",
                   "/etc/link", "/etc/dangling", "/etc/fifo", "/etc/device", "/etc/empty",
                   "/etc/large", ";", "write", "/etc/new", "x", ";", "mounts"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(contains(ran.out, "content"));
    Report const seen(ran.out);
    CHECK(mount_at(seen, "/etc").text("/type") == "tmpfs");
    CHECK(seen["write"].text("/errno") == "EROFS");
    auto const stat = seen["stat"];
    CHECK(stat.text("/~1etc/mode") == "0751");
    CHECK(stat.number("/~1etc/uid") == 5);
    CHECK(stat.text("/~1etc~1kept~1file/mode") == "0640");
    CHECK(stat.number("/~1etc~1kept~1file/uid") == 7);
    CHECK(stat.number("/~1etc~1kept~1file/gid") == 8);
    CHECK(stat.text("/~1etc~1suid/mode") == "4755");
    CHECK(stat.text("/~1etc~1link/target") == "/kept/file");
    CHECK(stat.text("/~1etc~1dangling/target") == "nothing");
    CHECK(stat.text("/~1etc~1fifo/type") == "fifo");
    CHECK(stat.text("/~1etc~1empty/type") == "dir");
    CHECK(stat.number("/~1etc~1large/size") == (3 << 20));
    if (suite().is_davit) CHECK(stat.text("/~1etc~1device/errno") == "ENOENT");
    CHECK_FALSE(exists(etc + "/new"));
}

TEST_CASE("mounts: tmpcopyup stays within the tmpfs", "[mounts][copyup]") {
    Bundle bundle;
    bundle.file("/data/large", std::string(1 << 20, 'l'));
    bundle.mount("/data", "tmpfs", "tmpfs", {"tmpcopyup", "size=64k"});
    refused(bundle, suite().is_davit ? "copy what the image has there: No space left" : "/data");
    Bundle absent;
    absent.mount("/absent", "tmpfs", "tmpfs", {"tmpcopyup"});
    absent.inside({"ls", "/absent"});
    CHECK(report(absent)["ls"].size() == 0);
    Bundle other;
    other.mount("/data", "ramfs", "ramfs", {"tmpcopyup"});
    if (suite().is_davit) refused(other, "/mounts/7/options/0: ");
}

TEST_CASE("mounts: a tmpfs has the mode of the directory that it covers", "[mounts]") {
    Bundle bundle;
    bundle.directory("/kept").directory("/named");
    ::chmod(bundle.rootfs("/kept").c_str(), 0710);
    ::chmod(bundle.rootfs("/named").c_str(), 0710);
    bundle.mount("/kept", "tmpfs", "tmpfs", {});
    bundle.mount("/named", "tmpfs", "tmpfs", {"mode=1755"});
    bundle.mount("/absent", "tmpfs", "tmpfs", {});
    bundle.inside({"stat", "/kept", "/named", "/absent"});
    auto const stat = report(bundle)["stat"];
    CHECK(stat.text("/~1kept/mode") == "0710");
    CHECK(stat.text("/~1named/mode") == "1755");
    CHECK(stat.text("/~1absent/mode") == "1777");
}

TEST_CASE("mounts: only procfs goes to /proc, and nothing by a detour", "[mounts][security]") {
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.set("/mounts/0", R"({"destination":"/proc","type":"bind","options":["bind"],"source":)"
                                + json_quote(source.path) + "}");
    refused(bundle, "not of type proc");
    bundle.set("/mounts/0/source", "\"/proc/sys\"");
    if (suite().is_davit) refused(bundle, "not of type proc"); // runc only warns
    bundle.set("/mounts/0/source", "\"/proc\"").set("/mounts/0/options", R"(["rbind"])");
    bundle.inside({"mounts"});
    CHECK(mount_at(report(bundle), "/proc").text("/type") == "proc");

    Bundle detour;
    detour.link("/data", "/proc/sys");
    detour.mount("/data", "tmpfs", "tmpfs", {"mode=755"});
    refused(detour, suite().is_davit ? "a symbolic link leads it into /proc" : "/proc");
}

TEST_CASE("mounts: a bind with any flag has those flags and no other, one with none keeps all",
          "[mounts][options]") {
    constexpr unsigned long all = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
    struct Expected {
        Words options;
        std::initializer_list<char const*> shown;
    };
    // (Access times and propagation are no reason to lose the others' flags, but lose them too.)
    Expected const rows[] = {
        {{"bind"}, {"ro", "nosuid", "nodev", "noexec", "noatime"}},
        {{"rbind", "rprivate"}, {"ro", "nosuid", "nodev", "noexec", "noatime"}},
        {{"rbind", "rnosuid"}, {"ro", "nosuid", "nodev", "noexec", "noatime"}},
        {{"rbind", "rprivate", "rw"}, {"rw", "!nosuid", "!nodev", "!noexec", "noatime"}},
        {{"bind", "ro"}, {"ro", "!nosuid", "!nodev", "!noexec", "noatime"}},
        {{"bind", "nosuid", "nodev"}, {"rw", "nosuid", "nodev", "!noexec", "noatime"}},
        {{"bind", "exec"}, {"rw", "!nosuid", "!nodev", "!noexec", "noatime"}},
        {{"bind", "relatime"}, {"rw", "!nosuid", "!nodev", "!noexec", "relatime"}},
        {{"bind", "ro", "strictatime"}, {"ro", "!nosuid", "!noatime", "!relatime"}},
    };
    for (auto const& row : rows) {
        INFO(row.options.back());
        Bundle bundle;
        ::mkdir((bundle.path() + "/source").c_str(), 0755);
        Mounted const source("source", bundle.path() + "/source", all);
        bundle.mount("/data", "bind", source.place, row.options).inside({"mounts"});
        auto const seen = mount_at(report(bundle), "/data");
        for (auto const* word : row.shown) shows(seen, word);
    }
}

TEST_CASE("mounts: what a user namespace has locked stays, and can't be asked to go",
          "[mounts][options][users]") {
    auto const with = [](Bundle& bundle, std::string const& source, Words const& options) {
        constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";
        REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
        bundle.set("/linux/namespaces/-", R"({"type":"user"})");
        bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
        bundle.mount("/data", "bind", source, options).inside({"mounts"});
    };
    constexpr unsigned long all = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
    for (Words const& options : {Words{"bind"}, Words{"rbind", "ro"}, Words{"bind", "nosuid"},
                                 Words{"rbind", "rprivate", "noexec", "nodev"}}) {
        INFO(options.back());
        Bundle bundle;
        ::mkdir((bundle.path() + "/source").c_str(), 0755);
        Mounted const source("source", bundle.path() + "/source", all);
        with(bundle, source.place, options);
        has(mount_at(report(bundle), "/data"), "options",
            {"ro", "nosuid", "nodev", "noexec", "noatime"});
    }
    struct Refused {
        char const *option, *said;
    };
    for (auto const& [option, said] :
         {Refused{"rw", "\"ro\" stays (option \"rw\")"}, Refused{"rrw", "\"ro\" stays"},
          Refused{"suid", "\"nosuid\" stays (option \"suid\")"}, Refused{"dev", "\"nodev\" stays"},
          Refused{"exec", "\"noexec\" stays"}, Refused{"strictatime", "access times stays"}}) {
        INFO(option);
        Bundle bundle;
        ::mkdir((bundle.path() + "/source").c_str(), 0755);
        Mounted const source("source", bundle.path() + "/source", all);
        with(bundle, source.place, {"rbind", option});
        refused(bundle, suite().is_davit ? said : "/data");
        refused(bundle, suite().is_davit ? "/mounts/7" : "/data");
    }
    // If the host has no such flag, there is nothing to refuse.
    Bundle bundle;
    ::mkdir((bundle.path() + "/source").c_str(), 0755);
    Mounted const source("source", bundle.path() + "/source", MS_NOSUID);
    with(bundle, source.place, {"rbind", "rprivate", "rw"});
    has(mount_at(report(bundle), "/data"), "options", {"rw", "nosuid"});
}

TEST_CASE("mounts: a bind's misspelt option is refused by name, an empty one is none",
          "[mounts][options]") {
    for (auto const* option : {"readonly", "r0", "nosuidd"}) {
        INFO(option);
        Bundle bundle;
        HostDirectory const source(bundle);
        bundle.mount("/data", "bind", source.path, {"rbind", option});
        refused(bundle, suite().is_davit ? option : "/data");
    }
    Bundle bundle;
    HostDirectory const source(bundle);
    bundle.mount("/data", "bind", source.path, {"", "rbind", "", "ro"});
    bundle.mount("/t", "tmpfs", "tmpfs", {"", "size=1m"}).inside({"mounts"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK_FALSE(contains(ran.err, "warning"));
    has(mount_at(Report(ran.out), "/data"), "options", {"ro"});
}
