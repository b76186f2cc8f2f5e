// SPDX-License-Identifier: Apache-2.0
// test/host/hook_failures.cc - a hook that fails or hangs, and what happens to its container.
//
// [runtime.md#lifecycle]

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooked.h"

using namespace host;

TEST_CASE("hooks: one that fails ends the container", "[hooks]") {
    for (auto const* kind : all_kinds) {
        if (std::string(kind) == "poststop") continue;
        Hooked bundle;
        bundle.note(kind).hook(kind, {"warn", "not", "to\tday", ";", "exit", "3"}).note(kind);
        fails(bundle, kind,
              story_of(kind, 1) + '"'
                  + (std::string(kind) == "startContainer" ? "/inside" : bundle.rootfs("/inside"))
                  + "\" exited with status 3: \"not to\\x09day\"");
        CHECK(bundle.order() == Words{kind, "poststop"});
    }
}

TEST_CASE("hooks: one that is killed, is missing, can't be executed", "[hooks]") {
    for (auto const* kind : all_kinds) {
        if (std::string(kind) == "poststop") continue;
        Hooked killed;
        killed.hook(kind, {"kill-self", "SEGV"});
        fails(killed, kind, "was killed by signal 11");
        Hooked missing;
        missing.raw(kind, R"({"path":"/no/such/program"})");
        fails(missing, kind, R"("/no/such/program" exec: no such file or directory)");
        Hooked denied;
        denied.file("/plain", "x");
        auto const plain =
            std::string(kind) == "startContainer" ? "/plain" : denied.rootfs("/plain");
        denied.raw(kind, R"({"path":)" + json_quote(plain) + "}");
        fails(denied, kind, "exec: permission denied");
    }
}

TEST_CASE("hooks: one that hangs is killed when its time is over", "[hooks]") {
    for (auto const* kind : all_kinds) {
        INFO(kind);
        Hooked bundle;
        // Processes that the hook started in its session are killed with it.
        bundle.hook(kind, {"fork", "2", ";", "sleep", "47"}, R"(,"timeout":1)");
        auto const begin = std::chrono::steady_clock::now();
        if (std::string(kind) == "poststop") {
            auto const ran = Container(bundle).run();
            CHECK(ran.status == 0);
            CHECK(contains(ran.err, "has not ended after 1 s"));
        } else {
            fails(bundle, kind, "has not ended after 1 s, and was killed");
        }
        CHECK(seconds_since(begin) >= 1);
        CHECK(soon(begin, 10));
        CHECK(eventually([&] { return !runs("sleep 47"); }));
    }
}

TEST_CASE("hooks: a poststop hook that fails is a warning, and the others run", "[hooks]") {
    Hooked bundle;
    bundle.hook("poststop", {"warn", "oh", ";", "exit", "9"}).raw("poststop", R"({"path":"/no"})");
    bundle.note("poststop");
    Container container(bundle);
    works(container.create());
    works(container.start());
    REQUIRE(container.wait_stopped());
    auto const removed = container.remove();
    CHECK(removed.status == 0);
    CHECK(contains(removed.err, "warning"));
    CHECK(contains(removed.err, "error running poststop hook #0"));
    CHECK(contains(removed.err, "exited with status 9"));
    CHECK(contains(removed.err, "error running poststop hook #1"));
    CHECK(bundle.order() == Words{"poststop"});
    CHECK(container.status() == "");

    auto const ran = Container(bundle).run();
    CHECK(ran.status == 0);
    CHECK(contains(ran.err, "error running poststop hook #0"));

    // Also if the runtime deletes the container.
    bundle.hook("poststart", {"exit", "1"});
    auto const started = Container(bundle).run();
    CHECK(started.status == 1);
    CHECK(contains(started.err, "error running poststart hook #0"));
    CHECK(contains(started.err, "error running poststop hook #1"));
    CHECK_FALSE(contains(started.err, "does not exist"));
    bundle.hook("createRuntime", {"exit", "1"});
    auto const created = Container(bundle).run();
    CHECK(created.status == 1);
    CHECK(contains(created.err, "error running createRuntime hook #0"));
    CHECK(contains(created.err, "error running poststop hook #1"));
}

TEST_CASE("hooks: create that fails before any hook has run owes none", "[hooks]") {
    Hooked bundle;
    bundle.note("createRuntime").note("poststop");
    bundle.mount("/x", "bind", "/no/such/source", {"bind"});
    refused(bundle, "no such file");
    CHECK(bundle.log() == "");
}

TEST_CASE("hooks: create that fails after them runs the poststop hooks", "[hooks]") {
    Hooked bundle;
    bundle.note("createRuntime").note("poststop");
    bundle.set("/process/args", R"(["/no/such/program"])");
    refused(bundle, "no such file");
    CHECK(bundle.order() == Words{"createRuntime", "poststop"});
}

TEST_CASE("hooks: a program that can't be executed leaves them to delete", "[hooks]") {
    Hooked bundle;
    bundle.note("startContainer").note("poststart").note("poststop");
    bundle.file("/script", "#!/no/such/interpreter\n", 0755);
    bundle.set("/process/args", R"(["/script"])");
    Container container(bundle);
    works(container.create());
    CHECK(container.start().status == 1);
    CHECK(container.status() == "stopped");
    CHECK(bundle.order() == Words{"startContainer"});
    works(container.remove());
    CHECK(bundle.order() == Words{"startContainer", "poststop"});
}

TEST_CASE("hooks: floods of output, and input that nobody reads", "[hooks]") {
    Hooked bundle;
    bundle.set("/annotations", R"({"com.example.long":")" + std::string(300'000, 'x') + R"("})");
    for (auto const* kind : all_kinds)
        bundle.hook(kind, {"lines", "200000"}).note(kind, {"args", "on"});
    auto const ran = Container(bundle).run();
    works(ran);
    CHECK(bundle.order().size() == 12);
    CHECK(ran.out.size() < 10'000); // the program's alone

    Hooked failing;
    failing.hook("createRuntime", {"lines", "200000", ";", "warn", "the end", ";", "exit", "1"});
    fails(failing, "createRuntime", "the end\"");
}

TEST_CASE("hooks: children that keep the output open keep nobody waiting", "[hooks]") {
    for (auto const* kind : {"createRuntime", "createContainer", "poststart", "poststop"}) {
        INFO(kind);
        Hooked bundle;
        // Outside, and in a container that ends: the container's own processes die with its pid
        // namespace.
        auto const script = "sleep 48 & echo $! >>" + bundle.path() + "/pids; yes >&2 & echo $! >>"
                            + bundle.path() + "/pids";
        bundle.raw(kind, R"({"path":"/bin/sh","args":["sh","-c",)" + json_quote(script)
                             + R"(],"env":["PATH=/usr/bin:/bin"]})");
        auto const begin = std::chrono::steady_clock::now();
        works(Container(bundle).run());
        CHECK(soon(begin, 10));
        if (std::string(kind) == "createContainer") continue;
        (void)host::run({"/bin/sh", "-c", "kill -9 $(cat " + bundle.path() + "/pids)"});
    }
}

TEST_CASE("hooks: a davit that is killed takes the hook with it", "[hooks][davit]") {
    if (skip_unless(suite().is_davit, "others leave it behind")) return;
    for (auto const* kind : {"createRuntime", "createContainer"}) {
        INFO(kind);
        Hooked bundle;
        bundle.hook(kind, {"sleep", "49"}).note("poststop");
        bundle.share_namespace("pid");
        bundle.write();
        auto const id = unique_name();
        Command create(davit({"create", "--bundle", bundle.path(), id}));
        REQUIRE(eventually([] { return runs("sleep 49"); }));
        create.signal(SIGKILL);
        (void)create.wait();
        CHECK(eventually([] { return !runs("sleep 49"); }));
        CHECK(bundle.log() == "");
        works(Container::verb({"delete", "--force", id}));
        CHECK(bundle.order() == Words{"poststop"}); // the create hooks had begun
    }
}

TEST_CASE("hooks: delete by force ends one that hangs", "[hooks][davit]") {
    if (skip_unless(suite().is_davit, "others wait for ever")) return;
    for (auto const* kind : {"prestart", "createContainer", "startContainer", "poststart"}) {
        INFO(kind);
        Hooked bundle;
        bundle.hook(kind, {"sleep", "50"}, R"(,"timeout":60)").note("poststop");
        bundle.inside({"sleep", "60"});
        bundle.write();
        auto const id = unique_name();
        Words line = {"create", "--bundle", bundle.path(), id};
        if (!at_create(kind)) {
            works(host::run(davit(line)));
            line = {"start", id};
        }
        Command hanging(davit(line));
        REQUIRE(eventually([] { return runs("sleep 50"); }));
        // delete waits 10 s for another verb that works on the container; a start gives way
        // earlier.
        auto const begin = std::chrono::steady_clock::now();
        works(Container::verb({"delete", "--force", id}));
        CHECK(soon(begin, 18));
        if (std::string(kind) == "poststart") {
            hanging.signal(SIGTERM);
            CHECK(hanging.wait().status == 128 + SIGTERM);
        } else {
            CHECK(hanging.wait().status == 1);
        }
        CHECK(eventually([] { return !runs("sleep 50"); }));
        CHECK(bundle.order() == Words{"poststop"});
        CHECK(Container::verb({"state", id}).status == 1);
    }
}

TEST_CASE("hooks: a start that is killed has started it, whatever the next one wants",
          "[hooks][davit]") {
    if (skip_unless(suite().is_davit, "davit's own way")) return;
    Hooked bundle;
    bundle.hook("startContainer", {"sleep", "2"});
    bundle.inside({"sleep", "60"});
    bundle.write();
    Container container(bundle);
    works(container.create());
    Command starter(davit({"start", container.id()}));
    REQUIRE(eventually([] { return runs("sleep 2"); }));
    starter.signal(SIGKILL);
    CHECK(starter.wait().status == 128 + SIGKILL);
    CHECK(container.status() == "running");
    auto const again = container.start();
    CHECK(again.status == 1);
    CHECK(contains(again.err, "cannot start an already running container"));
    CHECK(eventually([] { return runs("sleep 60"); }));
}

TEST_CASE("hooks: a caller that ignores SIGCHLD doesn't hide how they end", "[hooks]") {
    if (skip_unless(exists("/bin/bash"), "needs bash, which keeps SIGCHLD ignored")) return;
    Hooked bundle;
    for (auto const* kind : all_kinds) bundle.note(kind);
    bundle.inside({"exit", "5"});
    bundle.write();
    Words words = {"/bin/bash", "-c", "trap '' CHLD; exec \"$@\"", "-"};
    for (auto const& word : davit({"run", "--bundle", bundle.path(), unique_name()}))
        words.push_back(word);
    auto const ran = host::run(words);
    INFO(ran.err);
    CHECK(ran.status == 5);
    CHECK(bundle.order().size() == 6);
}
