// SPDX-License-Identifier: Apache-2.0
// test/host/hooks.cc - the six hooks: when, where, with what; and what becomes of one that fails.
//
// [config.md#posix-platform-hooks, runtime.md#lifecycle]

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

char const* const all_kinds[] = {"prestart",       "createRuntime", "createContainer",
                                 "startContainer", "poststart",     "poststop"};

/// A bundle whose hooks write to one file, which the container sees as /log/file.
class Hooked : public Bundle {
  public:
    Hooked() {
        directory("/log");
        ::mkdir((path() + "/log").c_str(), 0777);
        ::chmod((path() + "/log").c_str(), 0777);
        mount("/log", "bind", path() + "/log", {"bind", "rw"});
        inside({"namespaces"});
    }

    /// Appends a hook that runs /inside with those words; `more` are members like `,"timeout":1`.
    Hooked& hook(std::string const& kind, Words const& words, std::string const& more = "") {
        Words args = {"inside"};
        args.insert(args.end(), words.begin(), words.end());
        auto const program = kind == "startContainer" ? "/inside" : rootfs("/inside");
        return raw(kind, R"({"path":)" + json_quote(program) + R"(,"args":)" + json_list(args)
                             + more + "}");
    }
    Hooked& raw(std::string const& kind, std::string const& json) {
        if (!config().has("/hooks/" + kind)) set("/hooks/" + kind, "[]");
        set("/hooks/" + kind + "/-", json);
        return *this;
    }
    /// Appends a hook that notes its name, then does `words`.
    Hooked& note(std::string const& kind, Words const& words = {"input"},
                 std::string const& more = "") {
        Words all = {"into", kind == "startContainer" ? "/log/file" : log_file(), ";", "args", kind,
                     ";"};
        all.insert(all.end(), words.begin(), words.end());
        return hook(kind, all, more);
    }

    [[nodiscard]] std::string log_file() const { return path() + "/log/file"; }
    [[nodiscard]] std::string log() const { return read_file(log_file()); }
    /// The names that note() wrote, in their order.
    [[nodiscard]] Words order() const {
        Words names;
        for (auto const& args : Report(log()).all("args"))
            names.push_back(args.text("/" + std::to_string(args.size() - 1)));
        return names;
    }
};

std::string story_of(std::string const& kind, int index) {
    auto const number = std::to_string(index);
    return "error running " + kind + " hook #" + number + ": config.json: /hooks/" + kind + "/"
           + number + ": ";
}

/// A log's text without the backslashes of its format.
std::string unescaped(std::string const& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\';
        plain += text[std::min(i, text.size() - 1)];
    }
    return plain;
}

bool at_create(std::string const& kind) {
    return kind == "prestart" || kind == "createRuntime" || kind == "createContainer";
}

/// The container's hook of that kind fails with that story, at create or at start; then nothing is
/// left of the container, and its poststop hook has run.
void fails(Hooked& bundle, std::string const& kind, std::string const& story) {
    INFO(kind << ": " << story);
    auto const before = Snapshot::take();
    bundle.note("poststop");
    Container container(bundle);
    auto outcome = container.create();
    if (!at_create(kind)) {
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
        outcome = container.start();
    }
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err, "error running " + kind + " hook #"));
    CHECK(contains(unescaped(outcome.err), story));
    CHECK(container.status() == "");
    CHECK(appeared_since(before) == "");
    auto const log = Report(bundle.log());
    REQUIRE_FALSE(bundle.order().empty());
    CHECK(bundle.order().back() == "poststop");
    CHECK(log["input"].text("/status") == "stopped");
    CHECK(log["input"].text("/id") == container.id());
}

auto seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

/// Everybody of that name among the processes, zombies not counted.
bool runs(std::string const& words) {
    return host::run({"/bin/sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"})
               .out.find(words)
           != std::string::npos;
}

} // namespace

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

TEST_CASE("hooks: without args the path is the only one, without env there is none", "[hooks]") {
    Hooked bundle;
    auto const script = bundle.path() + "/script";
    write_file(script, "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >" + bundle.path()
                           + "/environ\necho \"$# $0\" >" + bundle.path() + "/words\n");
    ::chmod(script.c_str(), 0755);
    bundle.raw("createRuntime", R"({"path":)" + json_quote(script) + "}");
    works(Container(bundle).run());
    CHECK(read_file(bundle.path() + "/words") == "0 " + script);
    CHECK(read_file(bundle.path() + "/environ") == "");
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
        // What it has started in its session goes with it.
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
        CHECK(seconds_since(begin) < 10);
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

    // Also where it is the runtime that deletes.
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

TEST_CASE("hooks: poststart hooks of a program that is gone already", "[hooks]") {
    Hooked bundle;
    bundle.inside({"exit", "7"});
    bundle.hook("poststart", {"sleep", "0.2"}).note("poststart");
    CHECK(Container(bundle).run().status == 7);
    CHECK(bundle.order() == Words{"poststart"});
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

TEST_CASE("hooks: a created container that is deleted had its end, too", "[hooks]") {
    Hooked bundle;
    bundle.note("startContainer").note("poststop");
    Container container(bundle);
    works(container.create());
    works(container.remove());
    CHECK(bundle.order() == Words{"poststop"});
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

TEST_CASE("hooks: children that keep the output open keep nobody waiting", "[hooks]") {
    for (auto const* kind : {"createRuntime", "createContainer", "poststart", "poststop"}) {
        INFO(kind);
        Hooked bundle;
        // Outside, and in a container that ends: its own go with its pid namespace.
        auto const script = "sleep 48 & echo $! >>" + bundle.path() + "/pids; yes >&2 & echo $! >>"
                            + bundle.path() + "/pids";
        bundle.raw(kind, R"({"path":"/bin/sh","args":["sh","-c",)" + json_quote(script)
                             + R"(],"env":["PATH=/usr/bin:/bin"]})");
        auto const begin = std::chrono::steady_clock::now();
        works(Container(bundle).run());
        CHECK(seconds_since(begin) < 10);
        if (std::string(kind) == "createContainer") continue;
        (void)host::run({"/bin/sh", "-c", "kill -9 $(cat " + bundle.path() + "/pids)"});
    }
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
    // The first to write makes the file, which the container's user must be able to write to.
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
        // It waits for 10 s for whoever works on the container; a start gives way before that.
        auto const begin = std::chrono::steady_clock::now();
        works(Container::verb({"delete", "--force", id}));
        CHECK(seconds_since(begin) < 18);
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

TEST_CASE("hooks: with a terminal they still have their own stdio", "[hooks]") {
    Hooked bundle;
    bundle.set("/process/terminal", "true");
    for (auto const* kind : {"createContainer", "startContainer"}) bundle.note(kind, {"tty"});
    bundle.inside({"tty"});
    works(Container(bundle).run());
    for (auto const& tty : Report(bundle.log()).all("tty"))
        CHECK(tty.dump() == Report(host::run({suite().inside, "tty"}).out)["tty"].dump());
}
