// SPDX-License-Identifier: Apache-2.0
// test/host/process.cc - what the user's program gets: ids, capabilities, limits, cwd, env, fds.
//
// [config.md#process]

#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

// Refused by create, or by run: the text is what engines match.
void cannot_run(Bundle& bundle, std::string const& text) {
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(contains_any_case(ran.err, text));
}

} // namespace

TEST_CASE("process: user, groups, umask", "[process]") {
    Bundle bundle;
    bundle.set("/process/user",
               R"({"uid":1234,"gid":5678,"umask":63,"additionalGids":[7,99,100000]})");
    bundle.inside({"ids"});
    auto const ids = report(bundle)["ids"];
    CHECK(ids.dump("/uid") == "[1234,1234,1234]");
    CHECK(ids.dump("/gid") == "[5678,5678,5678]");
    CHECK(ids.text("/umask") == "0077");
    CHECK(ids.dump("/groups") == "[7,99,100000]");
}

TEST_CASE("process: the defaults are root, no groups, umask 022", "[process]") {
    Bundle bundle;
    bundle.inside({"ids"});
    auto const ids = report(bundle)["ids"];
    CHECK(ids.dump("/uid") == "[0,0,0]");
    CHECK(ids.dump("/groups") == "[]");
    CHECK(ids.text("/umask") == "0022");
}

TEST_CASE("process: the five capability sets", "[process][security]") {
    Bundle bundle; // CHOWN 0, KILL 5, NET_BIND_SERVICE 10, SYS_ADMIN 21, AUDIT_WRITE 29
    bundle.set("/process/capabilities", R"({
        "bounding":["CAP_CHOWN","CAP_KILL","CAP_NET_BIND_SERVICE","CAP_AUDIT_WRITE"],
        "permitted":["CAP_CHOWN","CAP_KILL","CAP_NET_BIND_SERVICE"],
        "effective":["CAP_CHOWN"],
        "inheritable":["CAP_KILL"],
        "ambient":["CAP_KILL"]})");
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})").inside({"caps"});
    // A user other than root keeps only the ambient ones over execve(2).
    auto caps = report(bundle)["caps"];
    CHECK(caps.text("/bounding") == "20000421");
    CHECK(caps.text("/inheritable") == "20");
    CHECK(caps.text("/permitted") == "20");
    CHECK(caps.text("/effective") == "20");
    CHECK(caps.text("/ambient") == "20");
}

TEST_CASE("process: root's capabilities are the bounding ones, no inheritable",
          "[process][security]") {
    Bundle bundle;
    bundle.inside({"caps"});
    auto caps = report(bundle)["caps"];
    CHECK(caps.text("/bounding") == "20000420");
    CHECK(caps.text("/permitted") == "20000420");
    CHECK(caps.text("/effective") == "20000420");
    CHECK(caps.text("/inheritable") == "0");
    CHECK(caps.text("/ambient") == "0");
    bundle.remove("/process/capabilities"); // none asked for: none
    caps = report(bundle)["caps"];
    CHECK(caps.text("/bounding") == "0");
    CHECK(caps.text("/effective") == "0");
}

TEST_CASE("process: a capability that nobody knows is a warning", "[process]") {
    Bundle bundle;
    bundle.set("/process/capabilities/bounding", R"(["CAP_KILL","CAP_OF_TOMORROW"])");
    bundle.set("/process/capabilities/effective", R"(["CAP_KILL"])");
    bundle.set("/process/capabilities/permitted", R"(["CAP_KILL"])");
    bundle.inside({"caps"});
    CHECK(report(bundle)["caps"].text("/bounding") == "20");
}

TEST_CASE("process: a capability that davit hasn't got is a warning", "[process]") {
    Bundle bundle;
    for (auto const* set : {"bounding", "permitted", "effective"})
        bundle.set(std::string("/process/capabilities/") + set,
                   R"(["CAP_KILL","CAP_SYS_RESOURCE"])");
    bundle.inside({"caps"}).write();
    auto const ran = run({"setpriv", "--bounding-set=-sys_resource", suite().runtime, "--root",
                          suite().state_root, "run", "-b", bundle.path(), unique_name()});
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK(Report(ran.out)["caps"].text("/bounding") == "20");
    CHECK(contains(ran.err, "can't be granted"));
}

TEST_CASE("process: no_new_privs", "[process][security]") {
    Bundle bundle;
    bundle.inside({"flags"}).set("/process/noNewPrivileges", "true");
    CHECK(report(bundle)["flags"].number("/no_new_privs") == 1);
    bundle.set("/process/noNewPrivileges", "false");
    CHECK(report(bundle)["flags"].number("/no_new_privs") == 0);
}

TEST_CASE("process: rlimits", "[process]") {
    rlimit cores = {}, stack = {};
    ::getrlimit(RLIMIT_CORE, &cores);
    ::getrlimit(RLIMIT_STACK, &stack);
    Bundle bundle; // lowered only: raising needs CAP_SYS_RESOURCE
    bundle.set("/process/rlimits", R"([
        {"type":"RLIMIT_NOFILE","soft":100,"hard":200},
        {"type":"RLIMIT_CPU","soft":3600,"hard":7200},
        {"type":"RLIMIT_CORE","soft":0,"hard":0},
        {"type":"RLIMIT_FSIZE","soft":1000000,"hard":2000000}])");
    bundle.inside({"rlimits"});
    auto const limits = report(bundle)["rlimits"];
    CHECK(limits.dump("/NOFILE") == "[100,200]");
    CHECK(limits.dump("/CPU") == "[3600,7200]");
    CHECK(limits.dump("/CORE") == "[0,0]");
    CHECK(limits.dump("/FSIZE") == "[1000000,2000000]");
    CHECK(limits.number("/STACK/0") == static_cast<double>(stack.rlim_cur)); // unnamed: as it was
}

TEST_CASE("process: rlimits that are wrong", "[process]") {
    Bundle bundle;
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_CPU","soft":1,"hard":1},
                                       {"type":"RLIMIT_CPU","soft":2,"hard":2}])");
    refused(bundle, "");
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_GIZMO","soft":1,"hard":1}])");
    refused(bundle, "RLIMIT_GIZMO");
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_CPU","soft":7,"hard":1}])");
    refused(bundle, "");
}

TEST_CASE("process: fewer open files than init itself needs", "[process]") {
    Bundle bundle;
    bundle.inside({"rlimits"});
    for (auto const* limits : {"[0,0]", "[3,3]", "[4,1000]", "[63,64]"}) {
        INFO(limits);
        Json const pair(limits);
        bundle.set("/process/rlimits", R"([{"type":"RLIMIT_NOFILE","soft":)" + pair.dump("/0")
                                           + R"(,"hard":)" + pair.dump("/1") + "}]");
        bundle.set("/process/user", R"({"uid":0,"gid":0})");
        CHECK(report(bundle)["rlimits"].dump("/NOFILE") == limits);
        bundle.set("/process/user", R"({"uid":1000,"gid":1000})"); // a user that may raise nothing
        CHECK(report(bundle)["rlimits"].dump("/NOFILE") == limits);
    }
}

TEST_CASE("process: oom_score_adj", "[process]") {
    Bundle bundle; // raised only: lowering needs CAP_SYS_RESOURCE
    bundle.set("/process/oomScoreAdj", "321").inside({"flags"});
    CHECK(report(bundle)["flags"].number("/oom_score_adj") == 321);
    bundle.remove("/process/oomScoreAdj");
    auto const ours = read_file("/proc/self/oom_score_adj");
    CHECK(report(bundle)["flags"].dump("/oom_score_adj") == ours);
}

TEST_CASE("process: the working directory", "[process]") {
    Bundle bundle;
    bundle.directory("/some/where").inside({"cwd"});
    bundle.set("/process/cwd", "\"/some/where\"");
    CHECK(report(bundle)["cwd"].dump() == "\"/some/where\"");
    bundle.set("/process/cwd", "\"relative\"");
    refused(bundle, "cwd");
    bundle.file("/file", "x").set("/process/cwd", "\"/file\"");
    refused(bundle, "/file");
}

TEST_CASE("process: a working directory that is missing is made", "[process]") {
    Bundle bundle; // as other runtimes do, before the root is read-only
    bundle.set("/root/readonly", "false").set("/process/cwd", "\"/made/here\"").inside({"cwd"});
    CHECK(report(bundle)["cwd"].dump() == "\"/made/here\"");
}

TEST_CASE("process: a working directory that only the user may enter", "[process]") {
    Bundle bundle;
    bundle.directory("/private").set("/process/cwd", "\"/private\"").inside({"cwd"});
    REQUIRE(::chown(bundle.rootfs("/private").c_str(), 1000, 1000) == 0);
    REQUIRE(::chmod(bundle.rootfs("/private").c_str(), 0700) == 0);
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    CHECK(report(bundle)["cwd"].dump() == "\"/private\"");
}

TEST_CASE("process: programs are looked up in the container's PATH", "[process]") {
    Bundle bundle;
    bundle.directory("/opt/bin").directory("/first/inside"); // a directory is no program
    REQUIRE(::link(bundle.rootfs("/inside").c_str(), bundle.rootfs("/opt/bin/tool").c_str()) == 0);
    bundle.set("/process/env", R"(["PATH=/first:/nothing:/opt/bin"])");
    bundle.set("/process/args", R"(["tool","args","x"])");
    CHECK(Report(Container(bundle).run().out)["args"].dump() == R"(["x"])");
    bundle.set("/process/args", R"(["./tool","args","y"])").set("/process/cwd", "\"/opt/bin\"");
    CHECK(Report(Container(bundle).run().out)["args"].dump() == R"(["y"])");
}

TEST_CASE("process: programs that cannot be run, in the words that engines know", "[process]") {
    Bundle bundle;
    bundle.file("/data", "no program", 0644).file("/garbage", "\x01\x02\x03\x04", 0755);
    bundle.directory("/directory").link("/dangling", "/nowhere");
    bundle.set("/process/args", R"(["no-such-program"])");
    cannot_run(bundle, R"(exec: "no-such-program": executable file not found in $PATH)");
    for (auto const& [path, text] : {std::pair{"/no/such", "no such file or directory"},
                                     {"/data", "permission denied"},
                                     {"/directory", "is a directory"},
                                     {"/dangling", "no such file or directory"},
                                     {"/garbage", "exec format error"},
                                     {"/data/x", "not a directory"}}) {
        INFO(path);
        bundle.set("/process/args", json_list({path}));
        cannot_run(bundle, text);
    }
    bundle.set("/process/args", R"([""])");
    cannot_run(bundle, "executable file not found in $PATH");
    bundle.set("/process/args", "[]");
    cannot_run(bundle, "");
}

TEST_CASE("process: the environment is the configured one, in order", "[process]") {
    Bundle bundle;
    bundle.set("/process/env", R"(["B=2","A=1","PATH=/","EMPTY=","HOME=/here","B2=x=y"])");
    bundle.inside({"env"});
    CommandOptions how;
    how.env = {"LEAKED=from the host"};
    auto const env = report(bundle, {}, how)["env"];
    CHECK(env.dump() == R"(["B=2","A=1","PATH=/","EMPTY=","HOME=/here","B2=x=y"])");
}

TEST_CASE("process: HOME comes from the container's passwd", "[process]") {
    Bundle bundle;
    bundle.file("/etc/passwd", "root:x:0:0:root:/root-home:/bin/sh\n"
                               "ann:x:1000:1000::/home/ann:/bin/sh\nbroken\n:::\n");
    bundle.set("/process/env", R"(["PATH=/"])").inside({"env"});
    CHECK(contains(report(bundle)["env"].dump(), R"("HOME=/root-home")"));
    bundle.set("/process/user/uid", "1000");
    CHECK(contains(report(bundle)["env"].dump(), R"("HOME=/home/ann")"));
    bundle.set("/process/user/uid", "4711");
    CHECK(contains(report(bundle)["env"].dump(), R"("HOME=/")"));
}

TEST_CASE("process: arguments come as they are", "[process]") {
    Bundle bundle;
    bundle.set("/process/args",
               R"(["/inside","args","","a b","\"quoted\"","\u00e4","-n","$HOME"])");
    CHECK(report(bundle)["args"].dump()
          == Json(R"(["","a b","\"quoted\"","ä","-n","$HOME"])").dump());
}

TEST_CASE("process: only stdio is open, whatever the caller has open", "[process][security]") {
    Bundle bundle;
    bundle.inside({"fds"});
    int const host_directory = ::open("/", O_PATH | O_DIRECTORY);
    CommandOptions how;
    how.fds = {{host_directory, 7}, {host_directory, 3}, {host_directory, 99}};
    for (bool const keep : {false, true}) {
        INFO((keep ? "--preserve-fds 1" : "none preserved"));
        auto const fds = report(bundle, keep ? Words{"--preserve-fds", "1"} : Words{}, how)["fds"];
        INFO(fds.dump());
        CHECK(fds.size() == (keep ? 4U : 3U));
        CHECK(fds.has("/2"));
        CHECK(fds.has("/3") == keep);
    }
    ::close(host_directory);
}

TEST_CASE("process: preserved fds are the caller's, in place", "[process]") {
    Bundle bundle;
    auto const path = bundle.path() + "/shared";
    write_file(path, "");
    int const file = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    bundle.inside({"write", "/proc/self/fd/4", "through the fd", ";", "fds"});
    CommandOptions how;
    how.fds = {{file, 3}, {file, 4}};
    auto const seen = report(bundle, {"--preserve-fds", "2"}, how);
    CHECK(seen["fds"].size() == 5);
    CHECK(seen["write"].text("/errno") == "");
    CHECK(read_file(path) == "through the fd");
    ::close(file);

    Container container(bundle);
    auto const missing = container.create({"--preserve-fds", "2"});
    CHECK(missing.status == 1);
    CHECK(contains(missing.err, "failed to stat preserved fd"));
    CHECK(container.status() == "");
}

TEST_CASE("process: signals are at their defaults", "[process]") {
    Bundle bundle;
    bundle.inside({"flags"});
    auto const flags = report(bundle)["flags"];
    CHECK(flags.text("/blocked") == "0000000000000000");
    CHECK((std::stoull(flags.text("/ignored"), nullptr, 16) & 0x7fffffff) == 0);
}

TEST_CASE("process: a session keyring of its own", "[process]") {
    Bundle bundle;
    bundle.inside({"keyring"});
    Container container(bundle);
    CHECK(contains(container.report()["keyring"].text("/description"), "_ses." + container.id()));
    auto const ours = Report(run({suite().inside, "keyring"}).out)["keyring"].number("/id");
    CHECK(report(bundle, {"--no-new-keyring"})["keyring"].number("/id") == ours);
}

TEST_CASE("process: a keyring that bears the name already isn't joined", "[process][security]") {
    // The kernel describes a keyring with a long name only to a caller with room for it.
    auto const longest = unique_name() + std::string(150, 'x');
    for (auto const& id : {unique_name(), longest}) {
        Bundle bundle;
        bundle.inside({"keyring"});
        Container container(bundle, id);
        // Another container's process could do this, if its root has the same uid.
        auto const planted = ::syscall(SYS_add_key, "keyring", ("_ses." + container.id()).c_str(),
                                       nullptr, 0, KEY_SPEC_PROCESS_KEYRING);
        if (skip_unless(planted > 0, "no keys here")) return;
        REQUIRE(::syscall(SYS_keyctl, KEYCTL_SETPERM, planted, 0x3f3f3f3f) == 0);
        auto const keyring = container.report()["keyring"];
        CHECK(keyring.number("/id") > 0);
        CHECK(keyring.number("/id") != static_cast<double>(planted));
        CHECK(contains(keyring.text("/description"), ";_ses"));
        ::syscall(SYS_keyctl, KEYCTL_REVOKE, planted);
    }
}

TEST_CASE("process: a created one can't be looked into by its user", "[process][security]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const at = "/proc/" + std::to_string(container.pid());
    auto const tried = run({"setpriv",
                            "--reuid",
                            "1000",
                            "--regid",
                            "1000",
                            "--clear-groups",
                            suite().inside,
                            "open",
                            at + "/environ",
                            "r",
                            ";",
                            "open",
                            at + "/mem",
                            "rw",
                            ";",
                            "ls",
                            at + "/fd",
                            ";",
                            "open",
                            at + "/exe",
                            "r"});
    INFO(tried.out << tried.err);
    Report const seen(tried.out);
    for (auto const& open : seen.all("open")) CHECK(open.text("/errno") == "EACCES");
    CHECK(seen["ls"].size() == 0);
    CHECK(container.remove().status == 0);
}

TEST_CASE("process: stdio isn't given to the user away from its owner", "[process]") {
    // /dev/null and files of the caller: a user other than root can write, the host's node stays.
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    bundle.inside({"echo", "out", ";", "warn", "err"});
    auto const id = unique_name();
    bundle.write();
    struct stat before = {}; // another program may have changed its owner earlier
    ::stat("/dev/null", &before);
    auto const ran = run({"sh", "-c", "\"$@\" </dev/null >/dev/null 2>&1", "sh", suite().runtime,
                          "--root", suite().state_root, "run", "--bundle", bundle.path(), id});
    CHECK(ran.status == 0);
    struct stat s = {};
    ::stat("/dev/null", &s);
    CHECK(s.st_uid == before.st_uid);
    auto const plain = Container(bundle).run();
    CHECK(plain.out == "out\n");
    CHECK(plain.err == "err\n");
}

TEST_CASE("process: a /dev/null that another user owns serves as well, and stays so", "[process]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1001,"gid":1001})");
    bundle.inside({"stat", "/dev/null", ";", "open", "/dev/null", "rw"}).write();
    // In a mount namespace of its own: the host's node stays.
    constexpr auto* with_it = "mount -n -t tmpfs null /mnt && mknod /mnt/null c 1 3 && "
                              "chown 1000:1000 /mnt/null && chmod 666 /mnt/null && "
                              "mount -n --bind /mnt/null /dev/null && "
                              "\"$@\" </dev/null && stat -c 'owned by %u:%g' /dev/null";
    auto const ran = run({"unshare", "-m", "sh", "-c", with_it, "sh", suite().runtime, "--root",
                          suite().state_root, "run", "--bundle", bundle.path(), unique_name()});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, "owned by 1000:1000"));
    Report const seen(ran.out);
    CHECK(seen["open"].text("/errno") == ""); // the container's own
    CHECK(seen["stat"].number("/~1dev~1null/uid") == 0);
}

TEST_CASE("process: config.json without process", "[process]") {
    Bundle bundle;
    bundle.remove("/process");
    Container container(bundle);
    auto const created = container.create();
    if (created.status == 0) CHECK(container.start().status == 1);
    CHECK((created.status == 0 || !created.err.empty()));
}
