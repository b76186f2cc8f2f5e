// SPDX-License-Identifier: Apache-2.0
// test/host/hooks.cc - the six hooks: when, where, with what.
//
// [config.md#posix-platform-hooks, runtime.md#lifecycle]

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooked.h"

using namespace host;

TEST_CASE("hooks: all six, in order, each in its namespaces, with the state", "[hooks]") {
    Hooked bundle;
    Words const look = {"namespaces", ";", "cwd",   ";", "env", ";", "fds",  ";",
                        "flags",      ";", "input", ";", "ids", ";", "stat", "/inside"};
    for (auto const* kind : {"poststop", "poststart", "startContainer", "createContainer",
                             "createRuntime", "prestart"})
        bundle.note(kind, look, R"(,"env":["NAME=)" + std::string(kind) + R"(","NAME=twice"])");
    bundle.set("/annotations", R"({"com.example.key":"va\"lue"})");
    Container container(bundle);
    works(container.create());
    CHECK(bundle.order() == Words{"prestart", "createRuntime", "createContainer"});
    auto const pid = container.pid();
    works(container.start());
    CHECK(bundle.order()
          == Words{"prestart", "createRuntime", "createContainer", "startContainer", "poststart"});
    REQUIRE(container.wait_stopped());
    auto const inner = Report(container.out())["namespaces"];
    works(container.remove());
    REQUIRE(bundle.order() == Words(std::begin(all_kinds), std::end(all_kinds)));

    auto const outer = Report(host::run({suite().inside, "namespaces"}).out)["namespaces"];
    auto const log = Report(bundle.log());
    for (std::size_t i = 0; i < 6; ++i) {
        std::string const kind = all_kinds[i];
        INFO(kind);
        bool const within = kind == "createContainer" || kind == "startContainer";
        CHECK(log.all("namespaces")[i].dump() == (within ? inner : outer).dump());
        CHECK(log.all("env")[i].dump() == R"(["NAME=)" + kind + R"(","NAME=twice"])");
        CHECK(log.all("cwd")[i].text("")
              == (kind == "createContainer"  ? bundle.rootfs()
                  : kind == "startContainer" ? "/"
                                             : bundle.path()));
        CHECK(log.all("fds")[i].size() == 3);
        CHECK(log.all("flags")[i].text("/blocked") == log.all("flags")[0].text("/blocked"));
        CHECK(log.all("stat")[i].text("/~1inside/type")
              == (kind == "startContainer" ? "file" : ""));

        auto const state = log.all("input")[i];
        CHECK(state.text("/ociVersion") == bundle.config().text("/ociVersion"));
        CHECK(state.text("/id") == container.id());
        CHECK(state.text("/bundle") == bundle.path());
        CHECK(state.text("/annotations/com.example.key") == "va\"lue");
        CHECK(state.text("/status")
              == Words{"creating", "creating", "creating", "created", "running", "stopped"}[i]);
        if (kind == "poststop")
            CHECK_FALSE(state.has("/pid"));
        else
            CHECK(state.number("/pid") == (within ? 1 : pid));
    }
}

TEST_CASE("hooks: several of one kind run in the listed order, also under run", "[hooks]") {
    Hooked bundle;
    for (auto const* kind : all_kinds) bundle.note(kind, {"args", "1"}).note(kind, {"args", "2"});
    works(Container(bundle).run());
    Words expected;
    for (auto const* kind : all_kinds)
        for (auto const* number : {"1", "2"}) {
            expected.emplace_back(kind);
            expected.emplace_back(number);
        }
    CHECK(bundle.order() == expected);
}

TEST_CASE("hooks: without args the path is the only one, without env the caller's", "[hooks]") {
    Hooked bundle;
    auto const script = bundle.path() + "/script";
    write_file(script, "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >" + bundle.path()
                           + "/environ\necho \"$# $0\" >" + bundle.path() + "/words\n");
    ::chmod(script.c_str(), 0755);
    bundle.raw("createRuntime", R"({"path":)" + json_quote(script) + "}");
    CommandOptions how;
    how.env = {"OF_CALLER=yes"};
    works(Container(bundle).run({}, how));
    CHECK(read_file(bundle.path() + "/words") == "0 " + script);
    CHECK(contains(read_file(bundle.path() + "/environ") + "\n", "OF_CALLER=yes\n"));
    CHECK(contains(read_file(bundle.path() + "/environ"), "PATH="));
}

TEST_CASE("hooks: without env, the host's have the caller's, the container's the program's",
          "[hooks]") {
    Hooked bundle;
    bundle.file("/etc/passwd", "root:x:0:0::/home/of-root:/bin/sh\n");
    bundle.set("/process/env", R"(["PATH=/bin","ONE=two"])");
    for (auto const* kind : {"prestart", "createRuntime", "createContainer", "startContainer",
                             "poststart", "poststop"})
        bundle.note(kind, {"env"});
    bundle.note("startContainer", {"env"}, R"(,"env":["ITS=own"])");
    CommandOptions how;
    how.env = {"OF_CALLER=yes"};
    works(Container(bundle).run({}, how));
    Report const log(bundle.log());
    auto const seen = log.all("env");
    auto const names = bundle.order();
    REQUIRE(seen.size() == 7);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        INFO(names[i]);
        auto const env = seen[i].dump();
        if (names[i] != "startContainer")
            CHECK(contains(env, "\"OF_CALLER=yes\""));
        else if (i == 3)
            CHECK(env == R"(["PATH=/bin","ONE=two","HOME=/home/of-root"])");
        else
            CHECK(env == R"(["ITS=own"])");
    }
}

TEST_CASE("hooks: create hooks may change the root file system, even a read-only one", "[hooks]") {
    Hooked bundle;
    bundle.set("/root/readonly", "true").directory("/mnt");
    auto const rootfs = bundle.rootfs();
    bundle.hook("createRuntime", {"write", rootfs + "/from-runtime", "x"});
    bundle.hook("createContainer", {"write", rootfs + "/from-container", "x", ";", "mount",
                                    rootfs + "/mnt", ";", "write", rootfs + "/mnt/deep", "x"});
    bundle.inside({"ls", "/", ";", "ls", "/mnt", ";", "write", "/forbidden", "x"});
    auto const seen = report(bundle);
    CHECK(contains(seen.all("ls")[0].dump(), "from-runtime"));
    CHECK(contains(seen.all("ls")[0].dump(), "from-container"));
    CHECK(contains(seen.all("ls")[1].dump(), "deep"));
    CHECK(seen["write"].text("/errno") == "EROFS");
    CHECK_FALSE(exists(rootfs + "/mnt/deep"));
}

TEST_CASE("hooks: poststart hooks of a program that is gone already", "[hooks]") {
    Hooked bundle;
    bundle.inside({"exit", "7"});
    bundle.hook("poststart", {"sleep", "0.2"}).note("poststart");
    CHECK(Container(bundle).run().status == 7);
    CHECK(bundle.order() == Words{"poststart"});
}

TEST_CASE("hooks: a created container that is deleted had its end, too", "[hooks]") {
    Hooked bundle;
    bundle.note("startContainer").note("poststop");
    Container container(bundle);
    works(container.create());
    works(container.remove());
    CHECK(bundle.order() == Words{"poststop"});
}

TEST_CASE("hooks: a long state is read to its end", "[hooks]") {
    Hooked bundle;
    bundle.set("/annotations", R"({"com.example.long":")" + std::string(300'000, 'x') + R"("})");
    for (auto const* kind : all_kinds) bundle.note(kind).note(kind);
    works(Container(bundle).run());
    auto const states = Report(bundle.log()).all("input");
    REQUIRE(states.size() == 12);
    for (auto const& state : states)
        CHECK(state.text("/annotations/com.example.long").size() == 300'000);
}

TEST_CASE("hooks: config.json may be gone when they run", "[hooks]") {
    Hooked bundle;
    for (auto const* kind : all_kinds) bundle.note(kind);
    Container container(bundle);
    works(container.create());
    ::unlink((bundle.path() + "/config.json").c_str());
    works(container.start());
    REQUIRE(container.wait_stopped());
    works(container.remove());
    CHECK(bundle.order() == Words(std::begin(all_kinds), std::end(all_kinds)));
}

TEST_CASE("hooks: those of the container have its user, those of create are root's", "[hooks]") {
    Hooked bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":100,"umask":63})");
    bundle.set("/process/noNewPrivileges", "true").directory("/work");
    bundle.set("/process/cwd", R"("/work")");
    // The first hook makes the file; the container's user must be able to write to it.
    write_file(bundle.log_file(), "");
    ::chmod(bundle.log_file().c_str(), 0666);
    bundle.note("createContainer", {"ids"}).note("createContainer", {"cwd"});
    bundle.note("startContainer", {"ids", ";", "caps", ";", "flags", ";", "cwd"});
    bundle.inside({"caps"});
    auto const ran = Container(bundle).run();
    works(ran);
    auto const log = Report(bundle.log());
    CHECK(log.all("ids")[0].text("/umask") == "0022");
    CHECK(log.all("ids")[0].dump("/uid") == "[0,0,0]");
    CHECK(log.all("ids")[1].dump("/uid") == "[1000,1000,1000]");
    CHECK(log.all("ids")[1].dump("/gid") == "[100,100,100]");
    CHECK(log.all("ids")[1].text("/umask") == "0077");
    CHECK(log.all("cwd")[1].text("") == "/work");
    CHECK(log["caps"].dump() == Report(ran.out)["caps"].dump());
    CHECK(log["flags"].number("/no_new_privs") == 1);
}

TEST_CASE("hooks: in a container without a pid namespace, or with another's", "[hooks]") {
    for (bool const joined : {false, true}) {
        Bundle holder;
        holder.inside({"sleep", "60"});
        Container first(holder);
        Hooked bundle;
        bundle.inside({"ids", ";", "namespaces"});
        for (auto const* kind : {"createRuntime", "createContainer", "startContainer", "poststart"})
            bundle.note(kind, {"input", ";", "namespaces", ";", "ids"});
        if (joined) {
            works(first.create());
            works(first.start());
            bundle.join_namespace("pid", "/proc/" + std::to_string(first.pid()) + "/ns/pid");
        } else {
            bundle.share_namespace("pid");
        }
        Container container(bundle);
        works(container.create());
        auto const outside = container.pid();
        works(container.start());
        REQUIRE(container.wait_stopped());
        works(container.remove());
        auto const program = Report(container.out());
        auto const within = program["ids"].number("/pid");
        auto const states = Report(bundle.log()).all("input");
        REQUIRE(states.size() == 4);
        CHECK(states[0].number("/pid") == outside);
        CHECK(states[1].number("/pid") == within);
        CHECK(states[2].number("/pid") == within);
        CHECK(states[3].number("/pid") == outside);
        auto const namespaces = Report(bundle.log()).all("namespaces");
        CHECK(namespaces[1].number("/pid") == program["namespaces"].number("/pid"));
        CHECK(namespaces[2].number("/pid") == program["namespaces"].number("/pid"));
        if (joined) works(first.remove_by_force());
    }
}

TEST_CASE("hooks: with a terminal they still have their own stdio", "[hooks]") {
    Hooked bundle;
    bundle.set("/process/terminal", "true");
    for (auto const* kind : {"createContainer", "startContainer"}) bundle.note(kind, {"tty"});
    bundle.inside({"tty"});
    works(Container(bundle).run());
    for (auto const& tty : Report(bundle.log()).all("tty"))
        CHECK(tty.dump() == Report(host::run({suite().inside, "tty"}).out)["tty"].dump());
}

TEST_CASE("hooks: of a container with a user namespace", "[hooks][users]") {
    Hooked bundle;
    for (auto const* map : {"/linux/uidMappings", "/linux/gidMappings"})
        bundle.set(map, R"([{"containerID":0,"hostID":100000,"size":65536}])");
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    REQUIRE(::chown(bundle.rootfs("/log").c_str(), 100000, 100000) == 0);
    write_file(bundle.log_file(), "");
    ::chmod(bundle.log_file().c_str(), 0666);
    for (auto const* kind : all_kinds) bundle.note(kind, {"input", ";", "ids", ";", "namespaces"});
    auto const ran = Container(bundle).run();
    works(ran);
    auto const log = Report(bundle.log());
    REQUIRE(log.all("namespaces").size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
        bool const within = i == 2 || i == 3;
        CHECK((log.all("namespaces")[i].number("/user")
               == Report(ran.out)["namespaces"].number("/user"))
              == within);
        CHECK(log.all("ids")[i].dump("/uid") == "[0,0,0]");
    }
}

TEST_CASE("hooks: startContainer hooks are filtered, whenever the filter is loaded",
          "[hooks][seccomp]") {
    for (auto const* no_new_privileges : {"false", "true"}) {
        INFO("noNewPrivileges " << no_new_privileges);
        Hooked bundle;
        bundle.set("/process/noNewPrivileges", no_new_privileges);
        bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]})");
        bundle.note("startContainer", {"flags"}).inside({"flags"});
        auto const ran = Container(bundle).run();
        works(ran);
        // The filter would never apply to a process that the hook leaves behind.
        CHECK(Report(bundle.log())["flags"].number("/seccomp") == 2);
        CHECK(Report(bundle.log())["flags"].dump("/noNewPrivileges")
              == Report(ran.out)["flags"].dump("/noNewPrivileges"));
        CHECK(Report(ran.out)["flags"].number("/seccomp") == 2);
    }
}
