// SPDX-License-Identifier: Apache-2.0
// test/host/idmap.cc - idmapped mounts: the owners of files inside, and on the host.
//
// [config.md#mounts, uidMappings, gidMappings, the options idmap and ridmap]

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"
#include "container.h"
#include "mount_seen.h"

using namespace host;

namespace {

struct Range {
    unsigned source, shown, size;
};

std::string json_of(std::vector<Range> const& ranges) {
    std::string out;
    for (auto const& one : ranges)
        out += (out.empty() ? "[" : ",") + ("{\"containerID\":" + std::to_string(one.source))
               + ",\"hostID\":" + std::to_string(one.shown)
               + ",\"size\":" + std::to_string(one.size) + "}";
    return out + "]";
}

/// The mount that was added last gets these mappings.
void map_last(Bundle& bundle, std::vector<Range> const& uids, std::vector<Range> const& gids) {
    auto const at = "/mounts/" + std::to_string(bundle.config().size("/mounts") - 1);
    bundle.set(at + "/uidMappings", json_of(uids)).set(at + "/gidMappings", json_of(gids));
}

/// `if (cannot()) return;`: not every kernel idmaps the file system of the suite's files.
bool cannot() { return skip_unless(can_idmap_temp(), "needs --disk, or Linux 6.3"); }
bool cannot_tmpfs() {
    return cannot() || skip_unless(can_idmap_tmpfs(), "a tmpfs can't be idmapped before Linux 6.3");
}

/// A directory of the host, beside the bundle: files are named after their owner.
struct Source {
    explicit Source(Bundle const& bundle) : path(bundle.path() + "/source") {
        ::mkdir(path.c_str(), 0755);
        ::chmod(path.c_str(), 0777); // also for a root that doesn't own it
        ::chmod(bundle.path().c_str(), 0755);
        add("/0", 0, 0);
        add("/5", 5, 6);
        add("/2000", 2000, 2000);
    }
    void add(std::string const& name, unsigned uid, unsigned gid) const {
        write_file(path + name, "from the host");
        REQUIRE(::chown((path + name).c_str(), uid, gid) == 0);
    }
    std::string path;
};

std::string escaped(std::string const& path) {
    std::string out;
    for (char const c : path) out += c == '/' ? "~1" : std::string(1, c);
    return out;
}

/// "uid:gid" of what stood at `path`.
std::string owner(Report const& seen, std::string const& path) {
    auto const at = "/" + escaped(path);
    auto const stat = seen["stat"];
    auto const id = [&](char const* which) {
        return std::to_string(static_cast<unsigned>(stat.number(at + which)));
    };
    return id("/uid") + ":" + id("/gid");
}

std::string owner_on_host(std::string const& path) {
    struct stat st{};
    REQUIRE(::lstat(path.c_str(), &st) == 0);
    return std::to_string(st.st_uid) + ":" + std::to_string(st.st_gid);
}

} // namespace

TEST_CASE("idmap: a bound directory with mappings of its own", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    bundle.mount("/data", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, {{0, 100000, 10}}, {{0, 200000, 10}});
    bundle.mount("/same", "none", source.path, {"rbind", "ridmap"});
    map_last(bundle, {{0, 100000, 10}}, {{0, 200000, 10}});
    bundle.mount("/plain", "bind", source.path, {"bind"});
    bundle.inside({"stat", "/data/0", "/data/5", "/data/2000", "/same/5", "/plain/5"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/data/0") == "100000:200000");
    CHECK(owner(seen, "/data/5") == "100005:200006");
    CHECK(owner(seen, "/data/2000") == "65534:65534"); // in no range
    CHECK(owner(seen, "/same/5") == "100005:200006");
    CHECK(owner(seen, "/plain/5") == "5:6");
    CHECK(owner_on_host(source.path + "/5") == "5:6");
}

TEST_CASE("idmap: mappings without the option count as well", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    bundle.mount("/data", "bind", source.path, {"bind"});
    map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    bundle.inside({"stat", "/data/5"});
    CHECK(owner(report(bundle), "/data/5") == "1005:1006");
}

TEST_CASE("idmap: several ranges, up to 340", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    bundle.mount("/few", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, {{0, 7, 1}, {5, 2000, 1}, {2000, 5, 1}}, {{6, 60, 1}, {0, 1000, 2}});
    std::vector<Range> many;
    for (unsigned i = 0; i < 340; ++i) many.push_back({i, 500 - i, 1});
    bundle.mount("/many", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, many, many);
    bundle.inside({"stat", "/few/0", "/few/5", "/few/2000", "/many/0", "/many/5"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/few/0") == "7:1000");
    CHECK(owner(seen, "/few/5") == "2000:60");
    CHECK(owner(seen, "/few/2000") == "5:65534");
    CHECK(owner(seen, "/many/0") == "500:500");
    CHECK(owner(seen, "/many/5") == "495:494");
}

TEST_CASE("idmap: a bound file; sources relative, long, behind links", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    auto far = source.path;
    while (far.size() + 210 < PATH_MAX) {
        far += "/" + std::string(200, 'x');
        REQUIRE(::mkdir(far.c_str(), 0755) == 0);
    }
    write_file(far + "/0", "deep");
    REQUIRE(::symlink(source.path.c_str(), (bundle.path() + "/link").c_str()) == 0);
    auto const map = [&] { map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}}); };
    bundle.mount("/etc/file", "bind", source.path + "/5", {"bind", "idmap"});
    map();
    bundle.mount("/relative", "bind", "source", {"bind", "idmap"});
    map();
    bundle.mount("/linked", "bind", bundle.path() + "/link", {"bind", "idmap"});
    map();
    bundle.mount("/far", "bind", far, {"bind", "idmap"});
    map();
    bundle.inside({"stat", "/etc/file", "/relative/5", "/linked/5", "/far/0"});
    auto const seen = report(bundle);
    for (auto const* path : {"/etc/file", "/relative/5", "/linked/5"})
        CHECK(owner(seen, path) == "1005:1006");
    CHECK(owner(seen, "/far/0") == "1000:1000");
}

TEST_CASE("idmap: what is mounted below is mapped by ridmap only", "[idmap]") {
    if (cannot_tmpfs()) return;
    Bundle bundle;
    Source const source(bundle);
    auto const below = source.path + "/below";
    ::mkdir(below.c_str(), 0755);
    Mounted const tmpfs("tmpfs", below);
    source.add("/below/5", 5, 6);
    for (auto const* option : {"idmap", "ridmap"}) {
        bundle.mount(std::string("/") + option, "bind", source.path, {"rbind", option});
        map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    }
    bundle.inside({"stat", "/idmap/5", "/idmap/below/5", "/ridmap/5", "/ridmap/below/5"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/idmap/5") == "1005:1006");
    CHECK(owner(seen, "/idmap/below/5") == "5:6");
    CHECK(owner(seen, "/ridmap/5") == "1005:1006");
    CHECK(owner(seen, "/ridmap/below/5") == "1005:1006");
}

TEST_CASE("idmap: what is made inside belongs to the mapped owner on the host", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    bundle.mount("/data", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, {{2000, 0, 1}, {0, 2000, 1}}, {{3000, 0, 1}, {0, 3000, 1}});
    bundle.inside({"write", "/data/new", "x", ";", "mkdir", "/data/dir", ";", "stat", "/data/new"});
    CHECK(owner(report(bundle), "/data/new") == "0:0");
    CHECK(owner_on_host(source.path + "/new") == "2000:3000");
    CHECK(owner_on_host(source.path + "/dir") == "2000:3000");

    // An id that no range shows can't own anything there.
    Bundle other;
    other.mount("/data", "bind", source.path, {"bind", "idmap"});
    map_last(other, {{0, 1000, 1}}, {{0, 1000, 1}});
    other.inside({"write", "/data/other", "x"});
    CHECK(report(other)["write"].text("/errno") == "EOVERFLOW");
}

TEST_CASE("idmap: new file systems, with their parameters and attributes", "[idmap]") {
    if (cannot_tmpfs()) return;
    Bundle bundle;
    bundle.mount("/scratch", "tmpfs", "tmpfs", {"idmap", "mode=1770", "uid=3", "nosuid", "noexec"});
    map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    bundle.mount("/sealed", "tmpfs", "tmpfs", {"idmap", "ro"});
    map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    bundle.inside({"stat", "/scratch", ";", "mounts", ";", "write", "/sealed/x", "x"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/scratch") == "1003:1000");
    CHECK(seen["stat"].text("/~1scratch/mode") == "1770");
    CHECK(seen["write"].text("/errno") == "EROFS");
    auto const mount = mount_at(seen, "/scratch");
    has(mount, "options", {"nosuid", "noexec"});
    has(mount, "super", {"mode=1770", "uid=3"});
}

TEST_CASE("idmap: together with attributes and propagation", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    bundle.mount("/data", "bind", source.path, {"rbind", "ridmap", "rro", "nosuid", "rprivate"});
    map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    bundle.inside({"stat", "/data/5", ";", "mounts", ";", "write", "/data/new", "x"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/data/5") == "1005:1006");
    CHECK(seen["write"].text("/errno") == "EROFS");
    has(mount_at(seen, "/data"), "options", {"ro", "nosuid", "idmapped"});
    CHECK(mount_at(seen, "/data").size("/tags") == 0);
}

TEST_CASE("idmap: nothing that is mounted in it is seen on the host", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    ::mkdir((source.path + "/sub").c_str(), 0755);
    Mounted const top(source.path, source.path, MS_BIND);
    REQUIRE(::mount(nullptr, source.path.c_str(), nullptr, MS_SHARED, nullptr) == 0);
    bundle.mount("/data", "bind", source.path, {"rbind", "ridmap"});
    map_last(bundle, {{0, 0, 65536}}, {{0, 0, 65536}});
    bundle.mount("/data/sub", "tmpfs", "tmpfs", {});
    bundle.inside({"stat", "/data/sub", ";", "trap", "TERM"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    CHECK_FALSE(contains(read_file("/proc/self/mountinfo"), source.path + "/sub"));
}

TEST_CASE("idmap: what can't be idmapped is refused, with the reason", "[idmap]") {
    struct Case {
        char const *type, *source;
        Words options;
        char const* story;
    };
    Case const cases[] = {
        {"bind", "/proc", {"bind", "idmap"}, "can't idmap its file system (proc)"},
        {"bind", "/sys", {"rbind", "ridmap"}, "(sysfs), or one mounted below"},
        {"proc", "proc", {"idmap"}, "can't idmap its file system (proc)"},
        {"cgroup", "cgroup", {"idmap"}, "a cgroup file system can't be idmapped"},
        {"overlay",
         "overlay",
         {"idmap", "lowerdir=/usr:/etc"},
         "can't idmap its file system (overlay)"},
        {"bind", "/no/such/place", {"bind", "idmap"}, "open the source: no such file"},
        {"tmpfs", "tmpfs", {"idmap", "nonsense=1"}, "Unknown parameter 'nonsense'"},
        {"nonsense", "x", {"idmap"}, "file system type"},
    };
    for (auto const& [type, source, options, story] : cases) {
        INFO(type << " " << source);
        Bundle bundle;
        bundle.mount("/data", type, source, options);
        map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
        refused(bundle, story);
        refused(bundle, "/mounts/");
    }
    Bundle alone;
    alone.mount("/data", "bind", "rootfs", {"bind", "idmap"});
    refused(alone, "needs uidMappings and gidMappings, or a user namespace");
}

TEST_CASE("idmap: a source that is idmapped already is refused", "[idmap]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    auto const child = static_cast<pid_t>(
        ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    auto const proc = "/proc/" + std::to_string(child);
    write_file(proc + "/uid_map", "0 1000 10");
    write_file(proc + "/gid_map", "0 1000 10");
    int const ns = ::open((proc + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    auto const tree = static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, source.path.c_str(),
                                                 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_IDMAP;
    attr.userns_fd = static_cast<unsigned long long>(ns);
    REQUIRE(::syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0);
    REQUIRE(
        ::syscall(SYS_move_mount, tree, "", AT_FDCWD, source.path.c_str(), MOVE_MOUNT_F_EMPTY_PATH)
        == 0);
    ::close(tree);
    ::close(ns);
    bundle.mount("/data", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, {{0, 2000, 10}}, {{0, 2000, 10}});
    refused(bundle, "it is idmapped already");

    // As it is, it may be bound.
    Bundle as_it_is;
    as_it_is.mount("/data", "bind", source.path, {"bind"}).inside({"stat", "/data/5"});
    CHECK(owner(report(as_it_is), "/data/5") == "1005:1006");
    ::umount2(source.path.c_str(), MNT_DETACH);
}

TEST_CASE("idmap: a source that changes is looked up once", "[idmap][races]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    auto const link = bundle.path() + "/link", other = bundle.path() + "/other";
    REQUIRE(::symlink(source.path.c_str(), link.c_str()) == 0);
    REQUIRE(::symlink("/proc", other.c_str()) == 0);
    auto const swapper = ::fork();
    if (swapper == 0)
        for (;;) ::syscall(SYS_renameat2, AT_FDCWD, link.c_str(), AT_FDCWD, other.c_str(), 2);
    bundle.mount("/data", "bind", link, {"bind", "idmap"});
    map_last(bundle, {{0, 1000, 10}}, {{0, 1000, 10}});
    bundle.inside({"stat", "/data/5"});
    for (int i = 0; i < 20; ++i) {
        auto const ran = Container(bundle).run();
        INFO(ran.out << ran.err);
        if (ran.status == 0)
            CHECK(owner(Report(ran.out), "/data/5") == "1005:1006");
        else
            CHECK(contains(ran.err, "can't idmap its file system (proc)"));
    }
    ::kill(swapper, SIGKILL);
    ::waitpid(swapper, nullptr, 0);
}

// ---- in a user namespace ------------------------------------------------------------------------

namespace {

/// A container whose ids are from 100000 on, and whose root file system is its root's.
Bundle& in_user_namespace(Bundle& bundle) {
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    auto const ids = json_of({{0, 100000, 65536}});
    return bundle.set("/linux/uidMappings", ids).set("/linux/gidMappings", ids);
}

} // namespace

TEST_CASE("idmap: the container's own mapping", "[idmap][users]") {
    if (cannot_tmpfs()) return;
    Bundle bundle;
    Source const source(bundle);
    in_user_namespace(bundle);
    bundle.mount("/data", "bind", source.path, {"bind", "idmap"});
    bundle.mount("/scratch", "tmpfs", "tmpfs", {"idmap", "uid=5", "mode=755"});
    bundle.mount("/moded", "tmpfs", "tmpfs", {"idmap"});
    bundle.mount("/plain", "bind", source.path, {"bind"});
    bundle.inside({"write", "/data/new", "x", ";", "stat", "/data/0", "/data/5", "/data/2000",
                   "/data/new", "/scratch", "/moded", "/plain/5"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/data/0") == "0:0");
    CHECK(owner(seen, "/data/5") == "5:6");
    CHECK(owner(seen, "/data/2000") == "2000:2000");
    CHECK(owner(seen, "/data/new") == "0:0");
    CHECK(owner(seen, "/scratch") == "5:0");
    CHECK(owner(seen, "/moded") == "0:0");
    CHECK(owner(seen, "/plain/5") == "65534:65534");
    CHECK(owner_on_host(source.path + "/new") == "0:0");
}

TEST_CASE("idmap: the mapping of a joined user namespace", "[idmap][users]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    Container sleeper(in_user_namespace(bundle).inside({"sleep", "60"}));
    REQUIRE(sleeper.create().status == 0);
    Bundle other;
    REQUIRE(::chown(other.rootfs().c_str(), 100000, 100000) == 0);
    other.set("/linux/namespaces/-",
              R"({"type":"user","path":"/proc/)" + std::to_string(sleeper.pid()) + R"(/ns/user"})");
    other.mount("/data", "bind", source.path, {"bind", "idmap"});
    other.inside({"stat", "/data/5"});
    CHECK(owner(report(other), "/data/5") == "5:6");
    CHECK(sleeper.remove_by_force().status == 0);
}

TEST_CASE("idmap: mappings of its own in a user namespace", "[idmap][users]") {
    if (cannot()) return;
    Bundle bundle;
    Source const source(bundle);
    in_user_namespace(bundle);
    bundle.mount("/data", "bind", source.path, {"bind", "idmap"});
    map_last(bundle, {{5, 100000, 1}, {2000, 100001, 1}}, {{0, 100000, 10}});
    bundle.inside({"stat", "/data/0", "/data/5", "/data/2000"});
    auto const seen = report(bundle);
    CHECK(owner(seen, "/data/0") == "65534:0");
    CHECK(owner(seen, "/data/5") == "0:6");
    CHECK(owner(seen, "/data/2000") == "1:65534");
}

TEST_CASE("idmap: roots and sources behind directories of the host's root", "[idmap][users]") {
    Bundle bundle;
    Source const source(bundle);
    auto const below = source.path + "/below";
    ::mkdir(below.c_str(), 0755);
    Mounted const tmpfs("tmpfs", below);
    in_user_namespace(bundle);
    bundle.mount("/data", "bind", source.path, {"rbind", "ro"});
    bundle.mount("/all", "bind", source.path, {"rbind", "rro"});
    bundle.mount("/etc/file", "bind", source.path + "/0", {"bind"});
    bundle.inside({"mounts", ";", "stat", "/data/5", "/etc/file", "/all/below", ";", "ls", "/"});
    REQUIRE(::chmod(bundle.path().c_str(), 0700) == 0);
    for (auto const& options : {Words{}, Words{"--no-pivot"}}) {
        auto const seen = report(bundle, options);
        CHECK(seen["stat"].text("/~1data~15/type") == "file");
        CHECK(seen["stat"].text("/~1etc~1file/type") == "file");
        CHECK(mount_at(seen, "/all/below").text("/type") == "tmpfs");
        has(mount_at(seen, "/data"), "options", {"ro"});
        has(mount_at(seen, "/all/below"), "options", {"ro"});
        CHECK(seen["ls"].has("/inside"));
    }
}

TEST_CASE("idmap: the same beside joined namespaces", "[idmap][users]") {
    Bundle bundle;
    Source const source(bundle);
    in_user_namespace(bundle).join_namespace("ipc", "/proc/self/ns/ipc");
    bundle.set("/mounts/4", R"({"destination":"/data","type":"bind","source":")" + source.path
                                + R"(","options":["bind"]})"); // mqueue is the host's
    bundle.inside({"stat", "/data/5"});
    REQUIRE(::chmod(bundle.path().c_str(), 0700) == 0);
    CHECK(report(bundle)["stat"].text("/~1data~15/type") == "file");
}

TEST_CASE("idmap: what a mount covers isn't shown to a user namespace", "[idmap][users]") {
    Bundle bundle;
    Source const source(bundle);
    auto const below = source.path + "/below";
    ::mkdir(below.c_str(), 0755);
    Mounted const tmpfs("tmpfs", below);
    in_user_namespace(bundle).mount("/data", "bind", source.path, {"bind"});
    refused(bundle, "rbind");
}

TEST_CASE("idmap: a user namespace can't take back the host's flags", "[idmap][users][security]") {
    Bundle bundle;
    Source const source(bundle);
    Mounted const volume("tmpfs", source.path);
    REQUIRE(::mount(nullptr, source.path.c_str(), nullptr,
                    MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, nullptr)
            == 0);
    in_user_namespace(bundle).mount("/data", "bind", source.path, {"rbind"});
    for (auto const* set : {"bounding", "effective", "permitted"})
        bundle.set(std::string("/process/capabilities/") + set, R"(["CAP_SYS_ADMIN"])");
    bundle.inside({"remount", "/data", ";", "mounts"});
    auto const seen = report(bundle);
    CHECK(seen["remount"].text("/errno") == "EPERM");
    has(mount_at(seen, "/data"), "options", {"ro", "nosuid"});
}

TEST_CASE("idmap: nothing of a user namespace's mounts is seen on the host", "[idmap][users]") {
    Bundle bundle;
    Source const source(bundle);
    ::mkdir((source.path + "/sub").c_str(), 0755);
    Mounted const volume(source.path, source.path, MS_BIND);
    Mounted const root(bundle.rootfs(), bundle.rootfs(), MS_BIND);
    for (auto const& path : {source.path, bundle.rootfs()})
        REQUIRE(::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr) == 0);
    in_user_namespace(bundle);
    bundle.mount("/data", "bind", source.path, {"rbind"});
    bundle.mount("/data/sub", "tmpfs", "tmpfs", {});
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    auto const before = read_file("/proc/self/mountinfo");
    REQUIRE(container.create().status == 0);
    CHECK(read_file("/proc/self/mountinfo") == before);
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("idmap: a root that isn't there, in a user namespace", "[idmap][users]") {
    for (auto const* path : {"no/such/root", "config.json"}) {
        Bundle bundle;
        in_user_namespace(bundle).set("/root/path", "\"" + std::string(path) + "\"");
        refused(bundle, "open the root ");
        refused(bundle, path);
    }
}
