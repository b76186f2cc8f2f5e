// SPDX-License-Identifier: Apache-2.0
// test/host/exec_inside.cc - an added process finds what the container's own process has.

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"
#include "fd_socket.h"
#include "pty.h"

using namespace host;

namespace {

constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";

Bundle& in_user_namespace(Bundle& bundle) {
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    return bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
}

/// The container's own process reports, then sleeps; a process of exec must report the same.
void alike(Bundle& bundle) {
    Words const verbs = {"namespaces", "cgroup", "limits", "caps",   "rlimits",  "env",
                         "cwd",        "flags",  "sched",  "ioprio", "affinity", "mounts"};
    Words words;
    for (auto const& verb : verbs) {
        words.push_back(verb);
        words.emplace_back(";");
    }
    auto first = words;
    first.insert(first.end(), {"echo", "{\"end\":1}", ";", "sleep", "1000"});
    bundle.inside(first);
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(eventually([&] { return contains(container.out(), "{\"end\":1}\n"); }));
    Report const own(container.out());
    Words line = {"exec", container.id(), "/inside"};
    line.insert(line.end(), words.begin(), words.end());
    auto const ran = run(davit(line));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    Report const added(ran.out);
    for (auto const& verb : verbs) {
        INFO(verb);
        CHECK(added[verb].dump() == own[verb].dump());
    }
}

void freeze(Bundle const& bundle, bool frozen) {
    auto const v1 = cgroup_directory("freezer", bundle.cgroup()) + "/freezer.state";
    auto const v2 = cgroup_directory("", bundle.cgroup()) + "/cgroup.freeze";
    if (exists(v1))
        REQUIRE(write_file(v1, frozen ? "FROZEN" : "THAWED"));
    else
        REQUIRE(write_file(v2, frozen ? "1" : "0"));
}

std::string rule(std::string const& names, std::string const& errnum) {
    return R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[)" + names
           + R"(],"action":"SCMP_ACT_ERRNO","errnoRet":)" + errnum + "}]}";
}

} // namespace

TEST_CASE("exec: as the container's own process", "[exec]") {
    Bundle bundle;
    alike(bundle);
}

TEST_CASE("exec: as the container's own, with limits, attributes, clock, cgroup namespace",
          "[exec]") {
    Bundle bundle;
    bundle.set("/linux/namespaces/-", R"({"type":"time"})");
    bundle.set("/linux/timeOffsets", R"({"boottime":{"secs":1000}})");
    bundle.share_namespace("cgroup").set("/linux/namespaces/-", R"({"type":"cgroup"})");
    bundle.set("/process/scheduler", R"({"policy":"SCHED_BATCH","nice":3})");
    bundle.set("/process/ioPriority", R"({"class":"IOPRIO_CLASS_IDLE","priority":0})");
    bundle.set("/process/oomScoreAdj", "500");
    bundle.set("/process/noNewPrivileges", "false");
    bundle.set("/linux/seccomp", rule("\"mknod\"", "13"));
    alike(bundle);
}

TEST_CASE("exec: in a user namespace", "[exec]") {
    Bundle bundle;
    in_user_namespace(bundle);
    alike(bundle);
}

TEST_CASE("exec: in a user namespace, with the host's network", "[exec]") {
    Bundle bundle;
    in_user_namespace(bundle).share_namespace("network").inside({"ids"});
    for (size_t i = bundle.config().size("/mounts"); i-- > 0;) // sysfs is the network's owner's
        if (bundle.config()
                .text("/mounts/" + std::to_string(i) + "/destination")
                .starts_with("/sys"))
            bundle.remove("/mounts/" + std::to_string(i));
    alike(bundle);
}

TEST_CASE("exec: without a pid namespace", "[exec]") {
    Bundle bundle;
    bundle.share_namespace("pid");
    alike(bundle);
}

TEST_CASE("exec: without a mount namespace", "[exec][security]") {
    Bundle bundle;
    bundle.share_namespace("mount").directory("/work").file("/work/ours", "x");
    Box const box(bundle);
    CHECK(contains(box.exec({}, {"ls", "/work"}).out, "ours"));
    CHECK(box.exec({"--cwd", "/work"}, {"cwd"}).out == "{\"cwd\":\"/work\"}\n");
}

TEST_CASE("exec: root isn't the mount namespace's, with --no-pivot", "[exec]") {
    Bundle bundle;
    bundle.directory("/work").inside({"sleep", "1000"});
    Container container(bundle);
    REQUIRE(container.create({"--no-pivot"}).status == 0);
    REQUIRE(container.start().status == 0);
    auto const ran = run(davit({"exec", "--cwd", "/work", container.id(), "/inside", "cwd"}));
    INFO(ran.err);
    CHECK(ran.out == "{\"cwd\":\"/work\"}\n");
}

TEST_CASE("exec: in joined namespaces", "[exec]") {
    Bundle others;
    Box const first(others);
    auto const pid = std::to_string(first.pid());
    Bundle bundle;
    for (auto const* type : {"pid", "ipc"})
        bundle.join_namespace(type, "/proc/" + pid + "/ns/" + type);
    bundle.join_namespace("network", "/proc/" + pid + "/ns/net");
    alike(bundle);
}

TEST_CASE("exec: under the container's seccomp profile", "[exec][seccomp]") {
    for (auto const* last : {"false", "true"}) {
        INFO("noNewPrivileges " << last);
        Bundle bundle;
        bundle.set("/process/noNewPrivileges", last)
            .set("/linux/seccomp", rule("\"getppid\"", "77"));
        Box const box(bundle);
        auto const ran = box.look({"call", std::to_string(SYS_getppid), ";", "flags"});
        CHECK(ran["call"].text("/errno") == errno_of(77));
        CHECK(ran["flags"].number("/seccomp") == 2);
    }
}

TEST_CASE("exec: CPUs before and after the cgroup", "[exec]") {
    if (skip_unless(::sysconf(_SC_NPROCESSORS_ONLN) > 1, "one CPU")) return;
    Bundle bundle;
    Box const box(bundle);
    auto const everywhere = box.look({"affinity"})["affinity"].dump();
    auto const with = [&](std::string const& affinity) {
        Json process(bundle.config().dump("/process"));
        process.set("/execCPUAffinity", affinity).set("/args", R"(["/inside","affinity"])");
        REQUIRE(write_file(bundle.path() + "/p.json", process.dump()));
        return box.exec({"--process", bundle.path() + "/p.json"}, {});
    };
    auto const cpus = [&](std::string const& affinity) {
        auto const ran = with(affinity);
        INFO(ran.err);
        REQUIRE(ran.status == 0);
        return Report(ran.out)["affinity"].dump();
    };
    CHECK(cpus(R"({"final":"1"})") == "[1]");
    CHECK(cpus(R"({"initial":"0","final":"1"})") == "[1]");
    CHECK(cpus(R"({"initial":"1"})") == everywhere);
    auto const absent = with(R"({"initial":"4000"})");
    CHECK(absent.status == 255);
    CHECK(contains(absent.err, "execCPUAffinity/initial"));
    CHECK(contains(with(R"({"final":"4000"})").err, "execCPUAffinity/final"));
    CHECK(contains(with(R"({"final":"9000"})").err, "no kernel has CPU 9000"));
}

TEST_CASE("exec: a policy that doesn't outlive a fork", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    Json process(bundle.config().dump("/process"));
    process.set("/args", R"(["/inside","sched"])");
    process.set("/scheduler", R"({"policy":"SCHED_BATCH","flags":["SCHED_FLAG_RESET_ON_FORK"]})");
    REQUIRE(write_file(bundle.path() + "/p.json", process.dump()));
    CHECK(box.look({}, {"--process", bundle.path() + "/p.json"})["sched"].number("/policy") == 3);
}

TEST_CASE("exec: in a cgroup below the container's", "[exec][cgroup]") {
    Bundle bundle;
    Box const box(bundle);
    auto const unified = suite().cgroups == Cgroups::unified;
    auto const top = cgroup_directory(unified ? "" : "pids", bundle.cgroup());
    if (skip_unless(exists(top), "no such hierarchy")) return;
    REQUIRE(::mkdir((top + "/below").c_str(), 0755) == 0);
    auto const group = [&](Words const& options) {
        return box.look({"cgroup"}, options)["cgroup"].text(unified ? "/" : "/pids");
    };
    auto const own = group({}); // "/" in a cgroup namespace
    auto const below = own == "/" ? "/below" : own + "/below";
    CHECK(group({"--cgroup", "below"}) == below);
    CHECK(group({"--cgroup", "/below"}) == below);
    CHECK(group({"--cgroup", "/"}) == own);
    for (auto const* wrong : {"nothing", "../..", "below/../../.."}) {
        INFO(wrong);
        auto const ran = box.exec({"--cgroup", wrong}, {"cgroup"});
        CHECK(ran.status == 255);
        CHECK(contains(ran.err, "sub-cgroup"));
    }
    if (!unified) {
        CHECK(group({"--cgroup", "pids,cpu:/", "--cgroup", "freezer:/"}) == own);
        CHECK(group({"--cgroup", "pids:below"}) == below);
        CHECK(contains(box.exec({"--cgroup", "pids:a", "--cgroup", "pids:b"}, {"ids"}).err,
                       "invalid --cgroup argument"));
    }
    CHECK(contains(box.exec({"--cgroup", "nonsense:below"}, {"ids"}).err, "nonsense"));
    CHECK(contains(box.exec({"--cgroup", ":below"}, {"ids"}).err, "invalid --cgroup argument"));
    ::rmdir((top + "/below").c_str());
}

TEST_CASE("exec: beside the container's process, whose group was divided", "[exec][cgroup]") {
    if (skip_unless(suite().cgroups == Cgroups::unified, "only on a pure v2 host")) return;
    auto const controllers = read_file("/sys/fs/cgroup/cgroup.controllers");
    if (skip_unless(!controllers.empty(), "no v2 controllers")) return;
    Bundle bundle;
    Box const box(bundle);
    auto const top = cgroup_directory("", bundle.cgroup());
    REQUIRE(::mkdir((top + "/init").c_str(), 0755) == 0);
    REQUIRE(write_file(top + "/init/cgroup.procs", std::to_string(box.pid())));
    REQUIRE(write_file(top + "/cgroup.subtree_control",
                       "+" + controllers.substr(0, controllers.find(' '))));
    CHECK(box.look({"cgroup"})["cgroup"].text("/").ends_with("/init"));
    CHECK(contains(box.exec({"--cgroup", "/"}, {"cgroup"}).err, "resource busy"));
}

TEST_CASE("exec: with a terminal, in the foreground", "[exec][terminal]") {
    Bundle bundle;
    Box const box(bundle);
    Pty pty;
    Command command(box.exec_words({"--tty"}, {"tty", ";", "winch", "50"}), at(pty));
    REQUIRE(pty.shows("[24,80]"));
    auto const tty = Report(pty.seen().substr(0, pty.seen().find('\n') + 1))["tty"];
    CHECK(tty.dump("/is") == "[1,1,1]");
    CHECK(tty.dump("/controlling") == "true");
    CHECK(tty.text("/name").starts_with("/dev/pts/"));
    pty.resize(50, 100);
    ::kill(command.pid(), SIGWINCH);
    CHECK(pty.shows("[50,100]"));
    CHECK(command.wait().status == 0);
}

TEST_CASE("exec: with a terminal and a console socket, detached; a pidfd", "[exec][terminal]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    Box const box(bundle);
    FdSocket const console(bundle.path() + "/console"), pidfd(bundle.path() + "/pidfd");
    auto const ran =
        box.exec({"-t", "-d", "--console-socket", console.path(), "--pidfd-socket", pidfd.path()},
                 {"tty", ";", "cat"});
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    std::string name;
    int const process = pidfd.receive(&name);
    CHECK(name == "setns");
    Pty pty(console.receive(&name));
    CHECK(name.starts_with("/dev/pts/"));
    REQUIRE(pty.shows("controlling\":true"));
    REQUIRE(::syscall(SYS_pidfd_send_signal, process, SIGKILL, nullptr, 0) == 0);
    pollfd gone = {process, POLLIN, 0};
    CHECK(::poll(&gone, 1, 5000) == 1);
    ::close(process);
}

TEST_CASE("exec: a terminal needs somebody to take it", "[exec][terminal]") {
    Bundle bundle;
    Box const box(bundle);
    auto ran = box.exec({"-t", "-d"}, {"tty"});
    CHECK(ran.status == 255);
    CHECK(contains(ran.err, "without setting console socket"));
    FdSocket const console(bundle.path() + "/console");
    ran = box.exec({"-d", "--console-socket", console.path()}, {"tty"});
    CHECK(ran.status == 255);
    CHECK(contains(ran.err, "cannot use console socket"));
    CHECK(box.exec({"-t", "-d", "--console-socket", bundle.path() + "/no"}, {"tty"}).status == 255);
}

TEST_CASE("exec: in a paused container", "[exec]") {
    Bundle bundle;
    Box const box(bundle);
    freeze(bundle, true);
    REQUIRE(eventually([&] { return box.status() == "paused"; }));
    auto const refused = box.exec({}, {"echo", "here"});
    CHECK(refused.status == 255);
    CHECK(contains(refused.err,
                   "cannot exec in a paused container (use --ignore-paused to override)"));
    Command command(box.exec_words({"--ignore-paused"}, {"echo", "here"}));
    nap(std::chrono::milliseconds(100));
    CHECK(command.running());
    freeze(bundle, false);
    auto const ran = command.wait();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out == "here\n");
}
