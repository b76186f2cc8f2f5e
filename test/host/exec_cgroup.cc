// SPDX-License-Identifier: Apache-2.0
// test/host/exec_cgroup.cc - exec works in any state of the container's cgroups: full, left,
// killed, or about to end.

#include <sys/stat.h>
#include <unistd.h>

#include "box.h"

using namespace host;

namespace {

/// A cgroup2 group beside the container's; the destructor removes it.
class Group {
  public:
    explicit Group(std::string const& path) : directory_(cgroup_directory("", path)) {
        ::mkdir(directory_.c_str(), 0755);
    }
    Group(Group const&) = delete;
    Group& operator=(Group const&) = delete;
    ~Group() {
        CHECK(eventually([&] { return ::rmdir(directory_.c_str()) == 0 || errno == ENOENT; }));
    }
    [[nodiscard]] std::string file(std::string const& name) const {
        return directory_ + "/" + name;
    }

  private:
    std::string directory_;
};

bool has_v2() { return suite().cgroups == Cgroups::hybrid || suite().cgroups == Cgroups::unified; }

} // namespace

TEST_CASE("exec: into a container with as many processes as it may have", "[exec]") {
    if (skip_unless(!controller("pids").empty(), "no pids controller")) return;
    Bundle bundle;
    bundle.set("/linux/resources/pids", R"({"limit":1})");
    Box const box(bundle);
    auto const added = box.exec({}, {"cgroup", ";", "fork", "1"});
    INFO(added.err);
    CHECK(added.status == 0);
    Report const seen(added.out);
    // By its name, or as the top of the cgroup namespace: a process outside of that sees a path
    // that begins with "..".
    auto const where = seen["cgroup"].dump();
    INFO(where);
    if (suite().cgroups == Cgroups::unified)
        CHECK_FALSE(contains(where, ".."));
    else
        CHECK(contains(where, bundle.cgroup().substr(bundle.cgroup().rfind('/'))));
    CHECK(seen["fork"].number("/made") == 0);
    CHECK(box.exec({"--user", "7:8"}, {"echo", "two"}).out == "two\n");
}

TEST_CASE("exec: into a full container that may trace, it fails rather than be seen outside",
          "[exec][security]") {
    if (skip_unless(!controller("pids").empty(), "no pids controller")) return;
    Bundle bundle;
    for (auto const* set : {"bounding", "effective", "permitted"})
        bundle.set(std::string("/process/capabilities/") + set, R"(["CAP_SYS_PTRACE"])");
    bundle.set("/linux/resources/pids", R"({"limit":1})");
    Box const box(bundle);
    auto const added = box.exec({}, {"ids"});
    CHECK(added.status != 0);
    CHECK(contains(added.err, "has as many processes as it may"));
}

TEST_CASE("exec: into a full container beside others in its pid namespace, it fails likewise",
          "[exec][security]") {
    if (skip_unless(!controller("pids").empty(), "no pids controller")) return;
    // A neighbour may have CAP_SYS_PTRACE; this container's config.json doesn't show that.
    Bundle neighbours;
    Box const neighbour(neighbours);
    Bundle bundle;
    bundle.join_namespace("pid", "/proc/" + std::to_string(neighbour.pid()) + "/ns/pid");
    bundle.set("/linux/resources/pids", R"({"limit":1})");
    Box const box(bundle);
    auto const added = box.exec({}, {"ids"});
    CHECK(added.status != 0);
    CHECK(contains(added.err, "has as many processes as it may"));
}

TEST_CASE("exec: follows a container's process that has left its group", "[exec]") {
    if (skip_unless(has_v2() && !suite().systemd, "needs a cgroup2 of davit's")) return;
    Bundle bundle;
    Group const away(bundle.cgroup() + "-away");
    Box const box(bundle);
    auto const own = cgroup_directory("", bundle.cgroup());
    REQUIRE(write_file(away.file("cgroup.procs"), std::to_string(box.pid())));
    REQUIRE(eventually([&] { return ::rmdir(own.c_str()) == 0; }));
    auto const seen = box.exec({}, {"cat", "/proc/self/cgroup"});
    INFO(seen.err);
    CHECK(seen.status == 0);
    CHECK(contains(seen.out, "-away\n"));
    CHECK(box.remove_by_force().status == 0);
}

TEST_CASE("exec: into a container that ends says that it has stopped", "[exec][races]") {
    Bundle bundle;
    for (int round = 0; round < 12; ++round) {
        Container container(bundle);
        bundle.inside({"sleep", round % 2 ? "0.02" : "0.05"});
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        for (int i = 0; i < 8; ++i) {
            auto const added = run(davit({"exec", container.id(), "/inside", "echo", "in"}));
            INFO(added.status << added.err);
            if (added.status == 255)
                CHECK(contains(added.err, "cannot exec in a stopped container"));
            else if (added.status == 137) // the program was running
                CHECK(contains(added.err, "it was in a stopped container"));
            else
                CHECK(added.status == 0);
        }
        CHECK(container.remove_by_force().status == 0);
    }
}

TEST_CASE("cgroup: a group that was killed takes containers, and so does a caller's",
          "[cgroup][exec]") {
    if (skip_unless(has_v2() && !suite().systemd, "needs a cgroup2 of davit's")) return;
    Bundle bundle;
    Group const own(bundle.cgroup()), callers(bundle.cgroup() + "-caller");
    if (skip_unless(exists(own.file("cgroup.kill")), "no cgroup.kill (Linux 5.14)")) return;
    REQUIRE(write_file(own.file("cgroup.kill"), "1"));
    {
        Box const box(bundle);
        CHECK(box.exec({}, {"echo", "in"}).out == "in\n");
    }
    REQUIRE(write_file(callers.file("cgroup.kill"), "1"));
    bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + "-other"));
    bundle.inside({"echo", "from"}).write();
    Container const container(bundle);
    Words words = {"sh", "-c", "echo 0 >" + callers.file("cgroup.procs") + " && exec \"$@\"", "-"};
    for (auto const& word : davit({"run", "--bundle", bundle.path(), container.id()}))
        words.push_back(word);
    auto const ran = run(words);
    INFO(ran.err);
    CHECK(ran.out == "from\n");
}
