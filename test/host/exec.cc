// SPDX-License-Identifier: Apache-2.0
// test/host/exec.cc - processes added to a container: each option, each way to end.
//
// Options, exit codes and messages as runc's callers know them.

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "box.h"

using namespace host;

namespace {

/// A document for --process.
std::string process_file(Bundle const& bundle, Json const& process) {
    auto const path = bundle.path() + "/process.json";
    REQUIRE(write_file(path, process.dump()));
    return path;
}

Json process_of(Bundle& bundle, std::string const& args) {
    return Json(bundle.config().dump("/process")).set("/args", args);
}

void fails(Box const& box, Words const& options, Words const& command, std::string const& text) {
    auto const before = Snapshot::take();
    auto const ran = box.exec(options, command);
    INFO("expected \"" << text << "\", exec said: " << ran.err);
    CHECK(ran.status == 255);
    CHECK(contains(ran.err, "exec failed: "));
    CHECK(contains_any_case(ran.err, text));
    CHECK(appeared_since(before) == "");
}

} // namespace

TEST_CASE("exec: output, input and status", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const ran =
        box.exec({}, {"input", ";", "warn", "oops", ";", "exit", "7"}, {.input = "42"});
    CHECK(ran.out == "{\"input\":42}\n");
    CHECK(ran.err == "oops\n");
    CHECK(ran.status == 7);
    CHECK(box.exec({}, {"kill-self", "KILL"}).status == 128 + SIGKILL);
    CHECK(box.status() == "running");
}

TEST_CASE("exec: in a container that was created and not started", "[exec]") {
    Bundle bundle;
    Box const box(bundle, false);
    CHECK(box.exec({}, {"echo", "here"}).out == "here\n");
    CHECK(box.status() == "created");
    CHECK(box.start().status == 0);
}

TEST_CASE("exec: what config.json says of the process, unless options do", "[exec]") {
    Bundle bundle;
    bundle.set("/process/env", R"(["PATH=/bin","A=1","B=2"])").set("/process/cwd", "\"/etc\"");
    bundle.directory("/etc").directory("/work");
    bundle.set("/process/user", R"({"uid":5,"gid":6,"additionalGids":[7],"umask":63})");
    bundle.set("/process/noNewPrivileges", "false");
    bundle.set("/process/oomScoreAdj", "77");
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_NOFILE","soft":99,"hard":111}])");
    Box const box(bundle);
    Words const all = {"ids", ";", "env", ";", "cwd", ";", "flags", ";", "rlimits"};
    auto seen = box.look(all);
    CHECK(seen["ids"].dump("/uid") == "[5,5,5]");
    CHECK(seen["ids"].dump("/gid") == "[6,6,6]");
    CHECK(contains(seen["ids"].dump("/groups"), "7"));
    CHECK(seen["env"].dump() == R"(["PATH=/bin","A=1","B=2","HOME=/"])");
    CHECK(contains(seen["cwd"].dump(), "/etc"));
    CHECK(seen["flags"].number("/no_new_privs") == 0);
    CHECK(seen["flags"].number("/oom_score_adj") == 77);
    CHECK(seen["rlimits"].dump("/NOFILE") == "[99,111]");
    seen = box.look(all, {"--user", "8", "--env", "A=3", "-e", "C=4", "--cwd", "/work", "-g", "9",
                          "--additional-gids", "10", "--no-new-privs"});
    CHECK(seen["ids"].dump("/uid") == "[8,8,8]");
    CHECK(seen["ids"].dump("/gid") == "[6,6,6]");
    CHECK(seen["ids"].dump("/groups") == "[7,9,10]");
    CHECK(seen["env"].dump() == R"(["PATH=/bin","B=2","A=3","C=4","HOME=/"])");
    CHECK(contains(seen["cwd"].dump(), "/work"));
    CHECK(seen["flags"].number("/no_new_privs") == 1);
    CHECK(box.look({"ids"}, {"-u", "11:12"})["ids"].dump("/gid") == "[12,12,12]");
}

TEST_CASE("exec: --process is the whole process", "[exec]") {
    Bundle bundle;
    bundle.set("/process/env", R"(["OF=config"])");
    Box const box(bundle);
    auto const file = process_file(bundle, process_of(bundle, R"(["/inside","env",";","ids"])")
                                               .set("/env", R"(["OF=file"])")
                                               .set("/user", R"({"uid":3,"gid":4})"));
    auto const seen = box.look({}, {"--process", file});
    CHECK(seen["env"].dump() == R"(["OF=file","HOME=/"])");
    CHECK(seen["ids"].dump("/uid") == "[3,3,3]");
    CHECK(box.look({}, {"-p", file, "-e", "X=1"})["env"].dump() == R"(["OF=file","X=1","HOME=/"])");
    fails(box, {"--process", bundle.path() + "/nothing"}, {}, "no such file or directory");
    write_file(bundle.path() + "/bad.json", R"({"args":["x"],"cwd":"relative"})");
    fails(box, {"--process", bundle.path() + "/bad.json"}, {}, "/cwd: must be an absolute path");
}

TEST_CASE("exec: capabilities, of which none is inheritable", "[exec][security]") {
    Bundle bundle; // CVE-2022-29162
    bundle.set("/process/capabilities",
               R"({"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"]})");
    Box const box(bundle);
    auto caps = box.look({"caps"})["caps"];
    for (auto const* set : {"/bounding", "/effective", "/permitted"}) CHECK(caps.text(set) == "20");
    for (auto const* set : {"/inheritable", "/ambient"}) CHECK(caps.text(set) == "0");
    caps = box.look({"caps"}, {"--cap", "CAP_CHOWN", "-c", "CAP_SYS_NICE"})["caps"];
    for (auto const* set : {"/bounding", "/effective", "/permitted"})
        CHECK(caps.text(set) == "800021");
    for (auto const* set : {"/inheritable", "/ambient"}) CHECK(caps.text(set) == "0");
    caps = box.look({"caps"}, {"-u", "1000"})["caps"];
    CHECK(caps.text("/effective") == "0"); // execve(2), for who isn't root
    CHECK(caps.text("/bounding") == "20");
}

TEST_CASE("exec: users are numbers", "[exec][security]") { // CVE-2016-3697, CVE-2026-30892
    Bundle bundle;
    bundle.file("/etc/passwd", "1000:x:0:0::/:/x\nroot:x:0:0::/root:/x\nu:x:1:1::/home/u:/x\n");
    Box const box(bundle);
    for (auto const* wrong : {"root", "1x", "", ":", "1:", ":1", "-1", "+1", " 1", "1 ", "0x1",
                              "4294967296", "18446744073709551616", "1:root"}) {
        if (!*wrong) continue;
        INFO(wrong);
        fails(box, {"--user", wrong}, {"ids"}, "wrong value");
    }
    fails(box, {"--user", "4294967295"}, {"ids"}, "no id");
    auto const seen = box.look({"ids", ";", "env"}, {"--user", "1"});
    CHECK(seen["ids"].dump("/uid") == "[1,1,1]");
    CHECK(contains(seen["env"].dump(), "HOME=/home/u"));
}

TEST_CASE("exec: programs that can't be executed", "[exec]") {
    Bundle bundle;
    bundle.file("/data", "x", 0644).file("/script", "#!/nothing/here\n", 0755);
    bundle.directory("/dir").file("/text", "just text", 0755);
    Box const box(bundle);
    auto const start = std::string("exec failed: unable to start container process: ");
    fails(box, {}, {"/bin/sh"},
          start + "exec: \"/bin/sh\": stat /bin/sh: no such file or directory");
    fails(box, {}, {"/data"}, start + "exec: \"/data\": permission denied");
    fails(box, {}, {"/dir"}, start + "exec: \"/dir\": is a directory");
    fails(box, {}, {"/script"}, start + "exec \"/script\": no such file or directory");
    fails(box, {}, {"/text"}, start + "exec \"/text\": exec format error");
    auto const ran = host::run(davit({"exec", box.id(), "nonsense"}));
    CHECK(ran.status == 255);
    CHECK(contains(ran.err, "exec: \"nonsense\": executable file not found in $PATH"));
    fails(box, {"--cwd", "/nowhere"}, {"ids"}, "no such file or directory");
    fails(box, {"--cwd", "/data"}, {"ids"}, "not a directory");
    CHECK(box.status() == "running");
    auto const none = host::run(davit({"exec", box.id()}));
    CHECK(none.status == 255);
    CHECK(contains(none.err, "process args cannot be empty"));
}

TEST_CASE("exec: in containers that take none", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const missing = host::run(davit({"exec", "no-such-container", "/inside"}));
    CHECK(missing.status == 255);
    CHECK(contains(missing.err, "container does not exist"));
    CHECK(box.kill("KILL").status == 0);
    REQUIRE(box.wait_stopped());
    fails(box, {}, {"ids"}, "cannot exec in a stopped container");
}

TEST_CASE("exec: who said what is wrong is named", "[exec]") {
    Bundle bundle;
    bundle.file("/file", "text");
    Box const box(bundle);
    fails(box, {"--cwd", "/nosuch"}, {"ids"}, "--cwd: ");
    fails(box, {"--cwd", "relative"}, {"ids"}, "--cwd: must be an absolute path");
    fails(box, {"--user", "4294967295"}, {"ids"}, "--user: ");
    fails(box, {"-e", "A=1", "--env", "NAME"}, {"ids"}, "failed: --env: must have the form");
    fails(box, {"-g", "4294967295"}, {"ids"}, "failed: --additional-gids: must be below");
    fails(box, {"--apparmor", "no-such-profile"}, {"ids"}, "--apparmor: ");
    fails(box, {"--process-label", "no-such-label"}, {"ids"}, "--process-label: ");
    auto const unknown = box.exec({"--cap", "CAP_NOSUCH"}, {"ids"});
    CHECK(unknown.status == 0);
    CHECK(contains(unknown.err, "--cap: unknown capability \"CAP_NOSUCH\" ignored"));
    CHECK(std::ranges::count(unknown.err, '\n') == 1);
    auto const process = bundle.path() + "/process.json";
    REQUIRE(
        write_file(process, R"({"cwd":"/nosuch","args":["/inside"],"user":{"uid":0,"gid":0}})"));
    fails(box, {"--process", process}, {}, "process.json: /cwd: ");
    REQUIRE(write_file(process, R"({"cwd":"/","args":["/inside"],"env":["NAME"]})"));
    fails(box, {"--process", process, "-e", "A=1"}, {}, "process.json: /env/0: ");
}

TEST_CASE("exec: into a container of an older davit, whose state has no config.json", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    REQUIRE(::unlink((suite().state_root + "/" + box.id() + "/config").c_str()) == 0);
    fails(box, {}, {"ids"}, "holds no copy of its config.json");
    CHECK(box.kill("KILL").status == 0);
    REQUIRE(box.wait_stopped());
    CHECK(box.remove().status == 0);
}

TEST_CASE("exec: no_new_privs may be switched on and off", "[exec]") { // as runc's
    for (bool const own : {false, true}) {
        Bundle bundle;
        bundle.set("/process/noNewPrivileges", own ? "true" : "false");
        Box const box(bundle);
        auto const seen = [&](Words const& options) {
            return box.look({"flags"}, options)["flags"].number("/no_new_privs") == 1;
        };
        CHECK(seen({}) == own);
        CHECK(seen({"--no-new-privs"}));
        CHECK_FALSE(seen({"--no-new-privs=false"}));
    }
}

TEST_CASE("exec: a console socket at which nobody accepts", "[exec][robust]") {
    Bundle bundle;
    Box const box(bundle);
    auto const path = bundle.path() + "/s";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
    REQUIRE(path.size() < sizeof address.sun_path);
    int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const caller = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const* const name = reinterpret_cast<sockaddr const*>(&address);
    REQUIRE(::bind(listener, name, sizeof address) == 0);
    REQUIRE(::listen(listener, 0) == 0); // one may wait
    REQUIRE(::connect(caller, name, sizeof address) == 0);
    fails(box, {"--tty", "--detach", "--console-socket", path}, {"ids"},
          "no process has accepted it for 10 s");
    ::close(caller);
    ::close(listener);
}

TEST_CASE("exec: detached", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const pid_file = bundle.path() + "/exec.pid";
    auto const ran = box.exec({"--detach", "--pid-file", pid_file}, {"sleep", "1000"});
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    auto const pid = std::stoi(read_file(pid_file));
    CHECK(::kill(pid, 0) == 0);
    // davit has ended: the reaper of orphans is the parent, here process 1 of the suite.
    CHECK(contains(read_file("/proc/" + std::to_string(pid) + "/status"), "\nPPid:\t1\n"));
    CHECK(::kill(pid, SIGKILL) == 0);
    CHECK(eventually([&] { return ::kill(pid, 0) != 0; }));
}

TEST_CASE("exec: a pid file that can't be written ends the process", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    fails(box, {"--detach", "--pid-file", "/proc/nothing"}, {"sleep", "1000"},
          "--pid-file: write \"/proc/nothing\"");
}

TEST_CASE("exec: signals are passed on", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    Command command(box.exec_words({}, {"trap", "USR1", "TERM"}));
    REQUIRE(command.wait_for("ready"));
    command.signal(SIGUSR1);
    REQUIRE(command.wait_for("USR1"));
    command.signal(SIGTERM);
    CHECK(command.wait().status == 0);
}

TEST_CASE("exec: preserved fds and no others",
          "[exec][security]") { // CVE-2016-9962, CVE-2024-21626
    Bundle bundle;
    Box const box(bundle);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CommandOptions how;
    how.fds = {{ends[1], 3}, {ends[1], 4}, {ends[1], 9}};
    auto const count = [&](Words const& options) {
        auto const ran = box.exec(options, {"fds"}, how);
        INFO(ran.err);
        REQUIRE(ran.status == 0);
        return Report(ran.out)["fds"].size();
    };
    CHECK(count({}) == 3);
    CHECK(count({"--preserve-fds", "2"}) == 5);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("exec: session keyring is the container's", "[exec]") {
    Bundle bundle;
    Box box(bundle);
    auto const recorded = Json(read_file(suite().state_root + "/" + box.id() + "/state"));
    if (skip_unless(recorded.has("/keyring"), "no keys here")) return;
    auto const keyring = box.look({"keyring"})["keyring"];
    CHECK(keyring.number("/id") == recorded.number("/keyring"));
    CHECK(contains(keyring.text("/description"), "_ses." + box.id()));
}
