// SPDX-License-Identifier: Apache-2.0
// test/host/faults_limits.cc - callers with a limit of fds, processes or memory, and a full disk: a
// verb says what it lacks and leaves nothing; the next one, without the limit, works.
#include "box.h"
#include "catch.h"
#include "group.h"
#include "small_disk.h"

using namespace host;

namespace {

/// Runs the command in a shell that first gives itself a limit.
Words limited(std::string const& limit, Words const& command) {
    Words all = {"/bin/sh", "-c", limit + R"(; exec "$@")", "sh"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

CommandOptions impatient() {
    CommandOptions how;
    how.timeout = std::chrono::seconds(8);
    return how;
}

Words create_words(Bundle const& bundle, std::string const& id, std::string const& root) {
    Words words = {suite().runtime, "--root", root};
    for (auto const& word : bundle.globals()) words.push_back(word);
    words.insert(words.end(), {"create", "--bundle", bundle.path(), id});
    return words;
}

/// 255 is exec's own.
bool ends_as_killed(Outcome const& ran) { return ran.status >= 128 && ran.status < 255; }

/// A failure has a message, unless the kernel ended the program: with little memory, it does.
void is_told(Outcome const& ran, bool may_be_killed) {
    CHECK_FALSE(ran.timed_out);
    if (may_be_killed && ends_as_killed(ran)) return;
    CHECK_FALSE(ends_as_killed(ran));
    if (ran.status != 0) CHECK_FALSE(ran.err.empty());
}

/// create under that limit: it does all, or leaves nothing. Returns whether it succeeded.
bool create_under(std::string const& limit, bool may_be_killed) {
    Bundle bundle;
    bundle.remove("/process/rlimits"); // whose raising takes CAP_SYS_RESOURCE
    bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
    auto const id = unique_name();
    auto const before = Snapshot::take();
    Command create(limited(limit, create_words(bundle, id, suite().state_root)), impatient());
    auto const created = create.wait();
    INFO("create with " << limit << ": status " << created.status << ", " << created.err);
    is_told(created, may_be_killed);
    if (created.status == 0) {
        CHECK(Container::verb({"start", id}).status == 0);
        CHECK(eventually([&] { return contains(create.out(), "alive"); }));
    }
    if (created.status == 0 || ends_as_killed(created))
        CHECK(Container::verb({"delete", "--force", id}).status == 0);
    auto const left = appeared_since(before);
    CHECK(left == "");
    if (!left.empty()) (void)Container::verb({"delete", "--force", id});
    return created.status == 0;
}

/// A verb on a container that was made without the limit. If it fails, it works without the limit.
struct Verb {
    char const* name;
    bool started; ///< before
    Words line(std::string const& id) const {
        if (name == std::string("kill")) return davit({name, id, "KILL"});
        if (name == std::string("exec")) return davit({name, id, "/inside", "echo", "done"});
        if (name == std::string("update")) return davit({name, "--pids-limit", "50", id});
        if (name == std::string("delete")) return davit({name, "--force", id});
        return davit({name, id});
    }
};
constexpr Verb verbs[] = {{"start", false}, {"exec", true},  {"state", true}, {"ps", true},
                          {"update", true}, {"pause", true}, {"kill", true},  {"delete", true}};

bool verb_under(Verb const& verb, std::string const& limit, bool may_be_killed) {
    if (verb.name == std::string("update") && controller("pids").empty()) return true;
    Bundle bundle;
    bundle.remove("/process/rlimits");
    Box const box(bundle, verb.started);
    auto const ran = run(limited(limit, verb.line(box.id())), impatient());
    INFO(verb.name << " with " << limit << ": status " << ran.status << ", " << ran.err);
    is_told(ran, may_be_killed);
    if (ran.status == 0) return true;
    // kill had sent the signal, and then couldn't thaw the container or find out whether it is
    // frozen.
    auto const stopped = [&] { return box.status() == "stopped"; };
    if (verb.name == std::string("kill"))
        if (contains(ran.err, "thaw") ? eventually(stopped) : stopped()) return false;
    auto const again = run(verb.line(box.id()), impatient());
    INFO("again, without it: " << again.err);
    // A killed davit may have done its work before.
    if (!ends_as_killed(ran)) CHECK(again.status == 0);
    return false;
}

Outcome on(SmallDisk const& disk, Words const& words) {
    Words all = {suite().runtime, "--root", disk.root()};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, impatient());
}

/// create with that little room on the disk. Returns whether it succeeded.
bool create_on(SmallDisk const& disk) {
    Bundle bundle;
    bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
    auto const id = unique_name();
    auto const before = Snapshot::take();
    auto const files = run({"/bin/ls", "-AR", disk.root()}).out;
    Command create(create_words(bundle, id, disk.root()), impatient());
    auto const created = create.wait();
    INFO("create: status " << created.status << ", " << created.err);
    is_told(created, false);
    if (created.status != 0) {
        CHECK(contains_any_case(created.err, "no space left on device"));
    } else {
        CHECK(on(disk, {"start", id}).status == 0);
        CHECK(eventually([&] { return contains(create.out(), "alive"); }));
        CHECK(on(disk, {"delete", "--force", id}).status == 0);
    }
    CHECK(appeared_since(before) == "");
    CHECK(run({"/bin/ls", "-AR", disk.root()}).out == files);
    return created.status == 0;
}

} // namespace

TEST_CASE("faults: a caller with few fds", "[faults][limits]") {
    constexpr int most = 64;
    auto const limit = [](int fds) { return "ulimit -n " + std::to_string(fds); };
    int needed = 3;
    while (needed < most && !create_under(limit(needed), false)) ++needed;
    std::printf("     create needs %d fds\n", needed);
    CHECK(needed < most);
    for (auto const& verb : verbs) {
        for (needed = 3; needed < most && !verb_under(verb, limit(needed), false);) ++needed;
        std::printf("     %s needs %d fds\n", verb.name, needed);
        CHECK(needed < most);
    }
}

TEST_CASE("faults: a caller with little address space", "[faults][limits]") {
    auto const limit = [](int kib) { return "ulimit -v " + std::to_string(kib); };
    int least = 1000; // for a program that large to begin
    while (least < 100000 && run(limited(limit(least), davit({"--version"}))).status != 0)
        least += 20;
    bool done = false;
    for (int kib = least - 40; kib <= least + 400; kib += suite().all ? 4 : 40) {
        done = create_under(limit(kib), true);
        for (auto const& verb : verbs) (void)verb_under(verb, limit(kib), true);
    }
    CHECK(done);
}

TEST_CASE("faults: a caller that may have few processes", "[faults][limits]") {
    if (skip_unless(!controller("pids").empty(), "no pids controller")) return;
    Group const group("pids");
    for (int processes = 1; processes < 5; ++processes) {
        if (skip_unless(group.set("pids.max", std::to_string(processes)), "no pids.max")) return;
        (void)create_under(group.entered(), false);
        for (auto const& verb : verbs) (void)verb_under(verb, group.entered(), false);
    }
}

TEST_CASE("faults: a caller with little memory", "[faults][limits]") {
    if (skip_unless(!controller("memory").empty(), "no memory controller")) return;
    auto const* const file =
        suite().cgroups == Cgroups::unified ? "memory.max" : "memory.limit_in_bytes";
    bool done = false;
    for (int kib = 384; kib <= 2048; kib += suite().all ? 16 : 128) {
        // A group of its own: v1 refuses a limit below what dead processes still hold there.
        Group const group("memory");
        REQUIRE(group.set(file, std::to_string(kib) + "K"));
        done = create_under(group.entered(), true);
        for (auto const& verb : verbs) (void)verb_under(verb, group.entered(), true);
    }
    CHECK(done);
}

TEST_CASE("faults: create on a full disk says so and leaves nothing", "[faults][limits]") {
    constexpr size_t most = 40;
    SmallDisk const disk("size=256k,mode=755");
    size_t pages = 0;
    for (disk.fill(0); pages < most && !create_on(disk); disk.fill(++pages)) {
    }
    CHECK(pages > 0);
    CHECK(pages < most);
}

TEST_CASE("faults: create where no file can be made says so and leaves nothing",
          "[faults][limits]") {
    constexpr int most = 40;
    int inodes = 3; // the tmpfs, the state root: two
    for (bool done = false; !done && inodes < most; ++inodes) {
        SmallDisk const disk("size=256k,mode=755,nr_inodes=" + std::to_string(inodes));
        done = create_on(disk);
    }
    CHECK(inodes > 4);
    CHECK(inodes < most);
}

TEST_CASE("faults: a full disk keeps no container", "[faults][limits]") {
    SmallDisk const disk("size=256k,mode=755");
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    auto const id = unique_name();
    auto const works = [&](Words const& words) {
        auto const ran = on(disk, words);
        INFO(words[0] << ": " << ran.err);
        CHECK(ran.status == 0);
        return ran.out;
    };
    REQUIRE(run(create_words(bundle, id, disk.root()), impatient()).status == 0);
    disk.fill(0);
    works({"start", id});
    CHECK(contains(works({"state", id}), "running"));
    CHECK(contains(works({"list"}), id));
    CHECK(works({"exec", id, "/inside", "echo", "alive"}) == "alive\n");
    works({"ps", id});
    works({"pause", id});
    works({"resume", id});
    if (!controller("pids").empty()) works({"update", "--pids-limit", "50", id});
    works({"kill", id, "KILL"});
    CHECK(eventually([&] { return contains(on(disk, {"state", id}).out, "stopped"); }));
    works({"delete", id});
    CHECK(on(disk, {"state", id}).status != 0);
}
