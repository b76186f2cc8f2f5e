// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_files_test.cc - Groups over a temporary directory that plays the hierarchy.
#include "catch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"

namespace {

using namespace davit;
using namespace davit::cgroup;
using namespace std::chrono_literals;

/// Removes its content at the end, two levels deep.
struct Fake {
    std::string mount = "/tmp/davit-test-XXXXXX";
    Fake() { REQUIRE(mkdtemp(mount.data())); }
    ~Fake() { (void)!system(("rm -rf -- " + mount).c_str()); }
    void directory(std::string const& path) const {
        REQUIRE(mkdir((mount + path).c_str(), 0755) == 0);
    }
    void file(std::string const& path, std::string const& content = {}) const {
        Fd const fd(::open((mount + path).c_str(), O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0644));
        REQUIRE(fd);
        REQUIRE(::write(fd.number(), content.data(), content.size()) == std::ssize(content));
    }
    std::string content(std::string const& path) const {
        auto const text = get(AT_FDCWD, (mount + path).c_str());
        return text ? *text : "errno " + std::to_string(text.error().value);
    }
    bool exists(std::string const& path) const { return access((mount + path).c_str(), F_OK) == 0; }
    Place place(std::string path, bool v2 = false, std::vector<std::string> names = {}) const {
        return {mount, std::move(path), v2, std::move(names)};
    }
};

TEST_CASE("cgroup groups: lines go to their files in order", "[cgroup]") {
    Fake const fake;
    fake.directory("/box");
    for (auto const name : {"a", "b", "new.weight", "late"}) fake.file(text("/box/", name));
    Plan plan;
    plan.groups = {fake.place("/box")};
    plan.writes = {
        {0, "a", "reset ", "", When::reused},
        {0, "a", "1 ", ""},
        {0, "a", "2", ""},
        {0, "b", "3", ""},
        {0, "old.weight", "4", "", When::if_there},
        {0, "new.weight", "5", "", When::instead},
        {0, "b", "6", "", When::if_there},
        {0, "a", "7", "", When::instead},
        {0, "late", "8", "", When::born},
    };
    auto const groups = Groups::make(plan, Filesystem::any);
    REQUIRE(groups);
    CHECK(fake.content("/box/a") == "reset 1 2");
    CHECK(fake.content("/box/b") == "6"); // opened anew, as every file of cgroupfs may be
    CHECK(fake.content("/box/new.weight") == "5");
    CHECK(fake.content("/box/late").empty());
    REQUIRE(groups->settle(plan));
    CHECK(fake.content("/box/late") == "8");
    CHECK_FALSE(groups->places()[0].made);
    CHECK(cgroup::remove(groups->places(), 0ms, Filesystem::any));
    CHECK(fake.exists("/box")); // it was there before
}

TEST_CASE("cgroup groups: a failure takes everything back and tells where", "[cgroup]") {
    Fake const fake;
    Plan plan;
    plan.groups = {fake.place("/p/q/box"), fake.place("/other")};
    plan.writes = {{1, "pids.max", "5", "/linux/resources/pids/limit"}};
    auto const groups = Groups::make(plan, Filesystem::any);
    REQUIRE_FALSE(groups);
    CHECK(groups.error().story
          == text("config.json: /linux/resources/pids/limit: write \"5\" to \"", fake.mount,
                  "/other/pids.max\": ", errno_text(ENOENT)));
    CHECK_FALSE(fake.exists("/other"));
    CHECK_FALSE(fake.exists("/p/q/box"));
}

TEST_CASE("cgroup groups: a mount that is no cgroup is refused", "[cgroup]") {
    Fake const fake;
    Plan plan;
    plan.groups = {fake.place("/box")};
    auto const groups = Groups::make(plan);
    REQUIRE_FALSE(groups);
    CHECK(groups.error().story == text('"', fake.mount, "\" is no cgroup mount"));
    CHECK_FALSE(fake.exists("/box"));
    fake.directory("/box");
    CHECK_FALSE(Groups::open(plan.groups));
}

TEST_CASE("cgroup groups: an occupied or frozen group is refused", "[cgroup]") {
    Fake const fake;
    fake.directory("/box");
    fake.directory("/box/sub");
    fake.file("/box/sub/cgroup.procs", "4242\n0\n");
    Plan plan;
    plan.groups = {fake.place("/box")};
    auto groups = Groups::make(plan, Filesystem::any);
    REQUIRE_FALSE(groups);
    CHECK(groups.error().kind == Kind::state);
    CHECK(groups.error().story
          == text("container's cgroup is not empty: 1 process(es) found in \"", fake.mount,
                  "/box\""));

    fake.directory("/ice");
    fake.file("/ice/freezer.state", "FROZEN\n");
    plan.groups = {fake.place("/ice")};
    groups = Groups::make(plan, Filesystem::any);
    REQUIRE_FALSE(groups);
    CHECK(groups.error().story.starts_with("container's cgroup unexpectedly frozen"));
}

TEST_CASE("cgroup groups: v2 controllers are enabled only where they lack", "[cgroup]") {
    Fake const fake;
    fake.directory("/p");
    fake.file("/cgroup.subtree_control", "cpu pids\n");
    fake.file("/p/cgroup.subtree_control", "pids\n");
    Plan plan;
    plan.groups = {fake.place("/p/box", true, {"cpu", "pids", "io"})};
    REQUIRE(Groups::make(plan, Filesystem::any));
    CHECK(fake.content("/cgroup.subtree_control") == "+io pids\n"); // written over the old text
    CHECK(fake.content("/p/cgroup.subtree_control") == "+cpu +io");
}

TEST_CASE("cgroup groups: kill, processes and removal over plain files", "[cgroup]") {
    Fake const fake;
    fake.directory("/box");
    fake.directory("/box/sub");
    fake.file("/box/cgroup.kill");
    auto const groups =
        Groups::open({fake.place("/box", true), fake.place("/gone")}, Filesystem::any);
    REQUIRE(groups);
    CHECK(groups->kill_all(SIGKILL));
    CHECK(fake.content("/box/cgroup.kill") == "1");
    auto const pids = groups->processes();
    REQUIRE(pids);
    CHECK(pids->empty());
    auto const busy = cgroup::remove(groups->places(), 20ms, Filesystem::any); // a file keeps it
    REQUIRE_FALSE(busy);
    CHECK(busy.error().story
          == text("remove cgroup \"", fake.mount, "/box\": ", errno_text(ENOTEMPTY)));
    CHECK_FALSE(fake.exists("/box/sub"));
    REQUIRE(unlink((fake.mount + "/box/cgroup.kill").c_str()) == 0);
    CHECK(cgroup::remove(groups->places(), 1s, Filesystem::any));
    CHECK(cgroup::remove(groups->places(), 1s, Filesystem::any)); // again
    CHECK_FALSE(fake.exists("/box"));
}

TEST_CASE("cgroup groups: nested deeper than files may be open", "[cgroup]") {
    Fake const fake;
    std::string path = "/box";
    fake.directory(path);
    fake.directory(path + "/beside");
    for (int i = 0; i < 300; ++i) fake.directory(path += "/d");
    rlimit was{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &was) == 0);
    rlimit const few{64, was.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    auto const groups = Groups::open({fake.place("/box")}, Filesystem::any);
    auto const pids = groups->processes();
    auto const removed = cgroup::remove(groups->places(), 1s, Filesystem::any);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &was) == 0);
    CHECK(pids);
    CHECK(removed);
    CHECK_FALSE(fake.exists("/box"));
}

TEST_CASE("cgroup groups: a link doesn't lead out of the hierarchy", "[cgroup]") {
    Fake const fake, elsewhere;
    REQUIRE(symlink(elsewhere.mount.c_str(), (fake.mount + "/box").c_str()) == 0);
    Plan plan;
    plan.groups = {fake.place("/box")};
    plan.writes = {{0, "a", "1", ""}};
    elsewhere.file("/a");
    CHECK_FALSE(Groups::make(plan, Filesystem::any));
    CHECK(elsewhere.content("/a").empty());
    auto const opened = Groups::open({fake.place("/box")}, Filesystem::any);
    CHECK_FALSE(opened);
}

} // namespace
