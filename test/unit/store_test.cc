// SPDX-License-Identifier: Apache-2.0
// unit/store_test.cc - state/store.h: ids, records, and two processes at one container.
#include "catch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "state/store.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace davit::state;
using test::TemporaryDirectory;

Store store_in(TemporaryDirectory const& directory) {
    auto store = Store::open(directory / "state");
    REQUIRE(store);
    REQUIRE(store->make());
    return std::move(*store);
}

Record some_record(std::string id) {
    Record record;
    record.oci_version = "1.3.0";
    record.id = std::move(id);
    record.bundle = "/a \"bundle\"";
    record.rootfs = "/a/rootfs";
    record.created = "2026-11-23T10:15:30.123456789Z";
    record.annotations = {{"key", "value\n"}, {"empty", ""}};
    record.complete = true;
    record.has_process = false;
    record.new_namespaces = CLONE_NEWPID | CLONE_NEWNS;
    record.seccomp_agent = "/run/agent";
    record.seccomp_metadata = "m";
    record.init = {4711, 0xffffffffffffffff, 0};
    record.groups = {{"/sys/fs/cgroup/unified", "/a", true, {"cpu", "io"}, false},
                     {"/sys/fs/cgroup/pids", "/b", false, {"pids"}, true}};
    record.rdt = {"/sys/fs/resctrl/a", "/sys/fs/resctrl/a/mon_groups/a", true};
    return record;
}

bool same(Record const& a, Record const& b) {
    return a.format == b.format && a.oci_version == b.oci_version && a.id == b.id
           && a.bundle == b.bundle && a.rootfs == b.rootfs && a.created == b.created
           && a.annotations == b.annotations && a.complete == b.complete
           && a.has_process == b.has_process && a.new_namespaces == b.new_namespaces
           && a.init == b.init && a.groups == b.groups && a.seccomp_agent == b.seccomp_agent
           && a.seccomp_metadata == b.seccomp_metadata && a.rdt == b.rdt;
}

TEST_CASE("store: ids") {
    for (auto const* good : {"a", "0", "_", "A-b_c.d+e", "...", ".hidden", "-rf", "a..b"}) {
        INFO(good);
        CHECK(check_id(good));
    }
    CHECK(check_id(std::string(255, 'x')));
    using namespace std::string_view_literals;
    for (auto const bad : {""sv, "."sv, ".."sv, "/"sv, "a/b"sv, "../x"sv, "a b"sv, "a\n"sv,
                           "a\0b"sv, "a:b"sv, "a*"sv, "\xc3\xa4"sv, "a,b"sv, "~"sv, "a\\b"sv}) {
        INFO(bad);
        auto const checked = check_id(bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().kind == Kind::config);
        CHECK(checked.error().story.starts_with("invalid container ID format: "));
        CHECK(checked.error().story.find('\n') == std::string::npos);
    }
    CHECK_FALSE(check_id(std::string(256, 'x')));
}

TEST_CASE("store: a missing root is empty, and only make() changes that") {
    TemporaryDirectory const directory;
    auto store = Store::open(directory / "a/b/../b/state/");
    REQUIRE(store);
    CHECK(store->ids() == std::vector<std::string>{});
    CHECK(store->find("x").error().kind == Kind::not_found);
    CHECK(std::filesystem::is_empty(directory.path()));
    REQUIRE(store->make());
    REQUIRE(store->make());
    struct stat st{};
    REQUIRE(::stat((directory / "a/b/state").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 01700);
    CHECK(store->reserve("x"));
    auto const again = Store::open(directory / "a/b/state");
    REQUIRE(again);
    CHECK(again->ids() == std::vector<std::string>{"x"});
}

TEST_CASE("store: an id is taken once") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    auto first = store.reserve("one");
    REQUIRE(first);
    CHECK(first->id() == "one");
    auto const second = store.reserve("one");
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == Kind::exists);
    CHECK(second.error().story.find("already exists") != std::string::npos);
    auto const missing = store.find("two");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == Kind::not_found);
    // containerd looks for these words.
    CHECK(missing.error().story.find("does not exist") != std::string::npos);
    CHECK(store.find("../state/one").error().kind == Kind::config);
    CHECK(store.reserve("a/b").error().kind == Kind::config);
    struct stat st{};
    REQUIRE(::stat((directory / "state/one").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0700);
    REQUIRE(first->remove());
    CHECK(store.find("one").error().kind == Kind::not_found);
    CHECK(store.reserve("one"));
}

TEST_CASE("store: ids are listed sorted; what is no container is not") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    for (auto const* id : {"b", "a", "c+1", ".hidden"}) REQUIRE(store.reserve(id));
    test::put(directory / "state/file", "");
    REQUIRE(::mkdir((directory / "state/not:an:id").c_str(), 0700) == 0);
    REQUIRE(::symlink("a", (directory / "state/link").c_str()) == 0);
    CHECK(store.ids() == std::vector<std::string>{".hidden", "a", "b", "c+1"});
    CHECK_FALSE(store.find("file"));
    CHECK_FALSE(store.find("link")); // a link isn't followed
}

TEST_CASE("store: a record survives the way to disk and back") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    auto const entry = store.reserve("box");
    REQUIRE(entry);
    auto const nothing = entry->read();
    REQUIRE(nothing);
    CHECK_FALSE(*nothing);
    auto const record = some_record("box");
    REQUIRE(entry->write(record));
    auto const read = store.find("box")->read();
    REQUIRE(read);
    REQUIRE(*read);
    CHECK(same(**read, record));
    auto const parsed = from_json(to_json(Record{}), "x");
    REQUIRE(parsed);
    CHECK(same(*parsed, Record{}));
    struct stat st{};
    REQUIRE(::stat((directory / "state/box/state").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0600);

    auto large = record; // more than one read
    large.annotations["large"] = std::string(100'000, 'x');
    REQUIRE(entry->write(large));
    CHECK(same(**entry->read(), large));

    test::put(directory / "state/box/state", "{\"id\":");
    auto const broken = entry->read();
    REQUIRE_FALSE(broken);
    CHECK(broken.error().story.find("\"box\"") != std::string::npos);
}

TEST_CASE("store: a writer that is killed leaves the record of before") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    auto entry = store.reserve("box");
    REQUIRE(entry);
    auto record = some_record("box");
    record.annotations["large"] = std::string(50'000, 'x');
    REQUIRE(entry->write(record));
    for (int i = 0; i < 20; ++i) {
        auto const writer = ::fork();
        if (writer == 0)
            for (;; ++record.init.pid) (void)entry->write(record);
        ::usleep(1000 + static_cast<unsigned>(i) * 137);
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);
        auto const read = entry->read();
        REQUIRE(read);
        REQUIRE(*read);
        CHECK((*read)->annotations == record.annotations);
    }
    // A half-written state blocks neither the next one nor removal.
    test::put(directory / "state/box/state.new", "half");
    CHECK(entry->write(record));
    test::put(directory / "state/box/state.new", "half");
    CHECK(entry->remove());
    CHECK(std::filesystem::is_empty(directory / "state"));
}

TEST_CASE("store: one process at a time changes a container") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    REQUIRE(store.reserve("box"));
    // The process that has the lock makes a file that must not be there, and removes it.
    auto const inside = directory / "inside";
    auto const work = [&] {
        auto entry = Store::open(directory / "state")->find("box");
        for (int i = 0; i < 20; ++i) {
            if (!entry->lock()) return 1;
            int const fd = ::open(inside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (fd < 0) return 2;
            ::usleep(200);
            ::close(fd);
            ::unlink(inside.c_str());
            entry->unlock();
        }
        (void)entry->lock(); // when a process ends, its lock goes
        return 0;
    };
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        auto const pid = ::fork();
        if (pid == 0) ::_exit(work());
        children.push_back(pid);
    }
    for (auto const pid : children) {
        int status = -1;
        ::waitpid(pid, &status, 0);
        CHECK(status == 0);
    }
    CHECK(store.find("box")->lock());
}

TEST_CASE("store: who waits for a container that is removed is told so") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    auto held = store.reserve("box");
    REQUIRE(held);
    auto waiting = store.find("box"), trying = store.find("box");
    REQUIRE(trying);
    REQUIRE(waiting);
    Kind kind = Kind::internal;
    std::thread waiter([&] {
        if (auto const locked = waiting->lock(); !locked) kind = locked.error().kind;
    });
    ::usleep(20'000);
    REQUIRE(held->remove());
    // The id is free already: the new container is not the one that was waited for.
    auto const successor = store.reserve("box");
    CHECK(successor);
    held->unlock();
    waiter.join();
    CHECK(kind == Kind::not_found);
    CHECK(trying->lock().error().kind == Kind::not_found);
    CHECK(trying->read().error().kind == Kind::not_found);
}

TEST_CASE("store: in a directory of everybody, others' entries aren't containers", "[root]") {
    TemporaryDirectory const directory;
    std::filesystem::create_directory(directory / "state");
    REQUIRE(::chmod((directory / "state").c_str(), 01777) == 0);
    auto const store = store_in(directory);
    REQUIRE(store.reserve("ours"));
    CHECK(store.find("ours"));

    // The user that deletes it would run its hooks.
    std::filesystem::create_directory(directory / "state/theirs");
    test::put(directory / "state/theirs/state", to_json(some_record("theirs")));
    CHECK(store.find("theirs"));
    REQUIRE(::chown((directory / "state/theirs").c_str(), 65534, 65534) == 0);
    auto const found = store.find("theirs");
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == Kind::denied);
    CHECK(found.error().story == "the state of \"theirs\" can be changed by others");
    REQUIRE(::chown((directory / "state/theirs").c_str(), 0, 0) == 0);
    REQUIRE(::chmod((directory / "state/theirs").c_str(), 0777) == 0);
    CHECK_FALSE(store.find("theirs"));
}

TEST_CASE("store: many processes reserve one id, one gets it") {
    TemporaryDirectory const directory;
    auto const store = store_in(directory);
    std::vector<pid_t> children;
    for (int i = 0; i < 16; ++i) {
        auto const pid = ::fork();
        if (pid == 0) {
            auto const entry = store.reserve("box");
            ::_exit(entry ? 0 : entry.error().kind == Kind::exists ? 1 : 2);
        }
        children.push_back(pid);
    }
    int winners = 0, losers = 0;
    for (auto const pid : children) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        winners += WEXITSTATUS(status) == 0;
        losers += WEXITSTATUS(status) == 1;
    }
    CHECK(winners == 1);
    CHECK(losers == 15);
}

TEST_CASE("store: the gate") {
    TemporaryDirectory const directory;
    auto const long_path =
        directory / (std::string(150, 'x') + "/state"); // more than sun_path holds
    auto store = Store::open(long_path);
    REQUIRE(store);
    REQUIRE(store->make());
    auto entry = store->reserve("box");
    REQUIRE(entry);
    auto const before = entry->connect_to_gate();
    REQUIRE(before);
    CHECK_FALSE(*before); // there is none
    auto const gate = entry->make_gate();
    REQUIRE(gate);
    CHECK_FALSE(*entry->connect_to_gate()); // no init listens yet
    REQUIRE(::listen(gate->number(), 1) == 0);
    auto const visitor = entry->connect_to_gate();
    REQUIRE(visitor);
    CHECK(*visitor);
    entry->remove_gate();
    CHECK_FALSE(*entry->connect_to_gate());
    entry->remove_gate();
    CHECK(entry->remove());
}

} // namespace
