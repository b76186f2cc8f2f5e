// SPDX-License-Identifier: Apache-2.0
// unit/rdt_test.cc - parts/rdt: plans, and a directory in which the test plays resctrl.
#include "catch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "davit/config.h"
#include "parts/rdt/rdt.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace davit::rdt;
namespace fs = std::filesystem;

/// What the kernel puts into a new group, and takes out of an old one.
void fill(int directory) {
    for (auto const* const file : {"tasks", "schemata"})
        ::close(::openat(directory, file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    ::mkdirat(directory, "mon_groups", 0755);
}
void empty(int directory) {
    for (auto const* const file : {"tasks", "schemata"}) ::unlinkat(directory, file, 0);
    ::unlinkat(directory, "mon_groups", AT_REMOVEDIR);
}
void fill_nothing(int) {}

struct Fake {
    test::TemporaryDirectory root;
    Tree tree{root.path(), fill, empty};
    Fake() {
        in(root.path(), fill);
        fs::create_directory(root / "info");
        test::put(root / "info/last_cmd_status", "ok\n");
    }
    static void in(std::string const& path, void (*act)(int)) {
        auto const directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        REQUIRE(directory >= 0);
        act(directory);
        ::close(directory);
    }
    /// A group made by another program.
    void group(std::string const& name, std::string const& schemata) const {
        fs::create_directory(root / name);
        in(root / name, fill);
        test::put(root / (name + "/schemata"), schemata);
    }
    [[nodiscard]] std::string content(std::string const& path) const {
        return fs::exists(root / path) ? test::content(root / path) : "(none)";
    }
    [[nodiscard]] bool has(std::string const& path) const { return fs::exists(root / path); }
};

Plan planned(spec::IntelRdt const& rdt) {
    spec::Config config;
    config.linux.intel_rdt = rdt;
    auto const plan = rdt::plan(config, "box");
    REQUIRE(plan);
    return *plan;
}

spec::IntelRdt const complete{.clos_id = "",
                              .schemata = {"L2:0=f", "MB:0=30"},
                              .l3_cache_schema = "L3:0=7f0",
                              .mem_bw_schema = "MB:0=20",
                              .enable_monitoring = true};

spec::IntelRdt with_clos(std::string const& name) {
    auto rdt = complete;
    rdt.clos_id = name;
    return rdt;
}

std::string story(Result<Group> const& made) { return made ? "made" : made.error().story; }

} // namespace

TEST_CASE("rdt plan: which group, which lines in which order", "[rdt]") {
    spec::Config config;
    CHECK_FALSE(rdt::plan(config, "box"));

    auto const bare = planned({});
    CHECK(bare.group == "box");
    CHECK(bare.presence == Presence::ours);
    CHECK(bare.lines.empty());
    CHECK(bare.monitor.empty());

    auto const all = planned(complete);
    CHECK(all.lines
          == std::vector<Line>{{"L3:0=7f0", "/linux/intelRdt/l3CacheSchema", true},
                               {"MB:0=20", "/linux/intelRdt/memBwSchema", true},
                               {"L2:0=f", "/linux/intelRdt/schemata/0", false},
                               {"MB:0=30", "/linux/intelRdt/schemata/1", false}});
    CHECK(all.monitor == "box");

    CHECK(planned(with_clos("gold")).presence == Presence::any);
    CHECK(planned(with_clos("/")).group.empty());
    CHECK(planned({.clos_id = "gold", .schemata = {}, .l3_cache_schema = {}, .mem_bw_schema = {}})
              .presence
          == Presence::set_up);
    // Code and data apart are two lines.
    CHECK(planned({.clos_id = {},
                   .schemata = {},
                   .l3_cache_schema = "L3CODE:0=f\nL3DATA:0=1\n",
                   .mem_bw_schema = {}})
              .lines.size()
          == 2);
}

TEST_CASE("rdt plan: for people", "[rdt]") {
    auto const shown = [](spec::IntelRdt const& rdt) {
        std::string out;
        print(planned(rdt), out);
        return out;
    };
    CHECK(shown(complete)
          == "resctrl group \"box\", new\n"
             "resctrl schema \"L3:0=7f0\"\n"
             "resctrl schema \"MB:0=20\"\n"
             "resctrl schema \"L2:0=f\"\n"
             "resctrl schema \"MB:0=30\"\n"
             "resctrl monitoring group \"box\"\n");
    spec::IntelRdt rdt;
    rdt.clos_id = "gold";
    CHECK(shown(rdt) == "resctrl group \"gold\", which has to be there\n");
    rdt.mem_bw_schema = "MB:0=1";
    CHECK(shown(rdt) == "resctrl group \"gold\", made if missing\nresctrl schema \"MB:0=1\"\n");
    rdt.clos_id = "/";
    CHECK(shown(rdt) == "resctrl group of the host\nresctrl schema \"MB:0=1\"\n");
}

TEST_CASE("rdt: what a group has, as the kernel writes it", "[rdt]") {
    constexpr auto schemata = "    L3:0=00ff;1=7ff\nL3CODE:0=1\n    MB:0= 20;1=100\n";
    for (auto const* const same : {"L3:0=ff;1=7ff", "L3:1=7FF;0=0xff", "L3:1=07ff", "MB:0=20",
                                   "MB:0=20;1=100", " L3 : 0 = ff ", "L3CODE:0=1"}) {
        INFO(same);
        CHECK(has_line(schemata, same));
    }
    for (auto const* const other : {"L3:0=fe;1=7ff", "L3:2=ff", "MB:0=2", "L2:0=ff", "L3CODE:1=1",
                                    "L3", "L3:", "L3:=ff", "", "0=ff", "MB:0=20;1=10"}) {
        INFO(other);
        CHECK_FALSE(has_line(schemata, other));
    }
    CHECK(has_line("L3:0=0", "L3:0=0"));
    CHECK_FALSE(has_line("", "L3:0=0"));
}

TEST_CASE("rdt: a group of the container's own", "[rdt]") {
    Fake const fake;
    auto const plan = planned(complete);
    auto const before = test::open_fds();
    {
        auto const foreseen = plan_group(plan, fake.tree);
        REQUIRE(foreseen);
        CHECK_FALSE(fake.has("box"));
        auto const group = Group::make(plan, fake.tree);
        REQUIRE(group);
        CHECK(group->place() == *foreseen);
        CHECK(group->place() == Place{fake.root / "box", fake.root / "box/mon_groups/box", true});
        CHECK(fake.content("box/schemata") == "L3:0=7f0\nMB:0=20\nL2:0=f\nMB:0=30\n");
        CHECK(fake.content("schemata").empty());
        CHECK(fake.content("box/tasks").empty());
        REQUIRE(group->add(4711));
        CHECK(fake.content("box/tasks") == "4711");
        CHECK(fake.content("box/mon_groups/box/tasks") == "4711");
        REQUIRE(rdt::remove(group->place(), fake.tree));
        CHECK_FALSE(fake.has("box"));
        CHECK(rdt::remove(group->place(), fake.tree)); // after a reboot, say
    }
    CHECK(test::open_fds() == before);
}

TEST_CASE("rdt: no lines, no schemata written", "[rdt]") {
    Fake const fake;
    fake.group("gold", "L3:0=f\n");
    for (auto const* const name : {"", "gold", "/"}) {
        spec::IntelRdt rdt;
        rdt.clos_id = name;
        auto group = Group::make(planned(rdt), fake.tree);
        REQUIRE(group);
        REQUIRE(group->add(1));
        group->take_back();
    }
    CHECK(fake.content("gold/schemata") == "L3:0=f\n");
    CHECK(fake.content("gold/tasks") == "1");
    CHECK(fake.content("tasks") == "1");
    CHECK(fake.content("schemata").empty());
    CHECK_FALSE(fake.has("box"));
}

TEST_CASE("rdt: a class of service is made where missing, and stays", "[rdt]") {
    Fake const fake;
    auto const group = Group::make(planned(with_clos("gold")), fake.tree);
    REQUIRE(group);
    CHECK(fake.content("gold/schemata") == "L3:0=7f0\nMB:0=20\nL2:0=f\nMB:0=30\n");
    CHECK(fake.has("gold/mon_groups/box"));
    CHECK_FALSE(group->place().made);
    REQUIRE(rdt::remove(group->place(), fake.tree));
    CHECK(fake.has("gold/schemata"));
    CHECK_FALSE(fake.has("gold/mon_groups/box")); // that was the container's
}

TEST_CASE("rdt: one that is there must have what is asked for", "[rdt]") {
    Fake const fake;
    fake.group("gold", "L3:0=7f0;1=1\nMB:0= 20\n");
    auto rdt = with_clos("gold");
    rdt.schemata.clear();
    REQUIRE(Group::make(planned(rdt), fake.tree));
    CHECK(fake.content("gold/schemata") == "L3:0=7f0;1=1\nMB:0= 20\n");
    fs::remove_all(fake.root / "gold/mon_groups/box");

    rdt.mem_bw_schema = "MB:0=30";
    CHECK(story(Group::make(planned(rdt), fake.tree))
          == "config.json: /linux/intelRdt/memBwSchema: the group \"" + (fake.root / "gold")
                 + "\" is there and has something else than \"MB:0=30\" in its schemata");
    CHECK_FALSE(fake.has("gold/mon_groups/box"));

    // `schemata` isn't compared, but written.
    rdt = with_clos("gold");
    auto group = Group::make(planned(rdt), fake.tree);
    REQUIRE(group);
    CHECK(fake.content("gold/schemata").starts_with("L2:0=f\nMB:0=30\n"));
    group->take_back();
    CHECK(fake.content("gold/schemata") == "L3:0=7f0;1=1\nMB:0= 20\n");
}

TEST_CASE("rdt: the default group", "[rdt]") {
    Fake const fake;
    spec::IntelRdt rdt;
    rdt.clos_id = "/";
    rdt.enable_monitoring = true;
    rdt.schemata = {"MB:0=50"};
    auto const group = Group::make(planned(rdt), fake.tree);
    REQUIRE(group);
    REQUIRE(group->add(5));
    CHECK(fake.content("schemata") == "MB:0=50\n");
    CHECK(fake.content("tasks") == "5");
    CHECK(fake.content("mon_groups/box/tasks") == "5");
    REQUIRE(rdt::remove(group->place(), fake.tree));
    CHECK(fake.has("tasks"));
    CHECK_FALSE(fake.has("mon_groups/box"));
}

TEST_CASE("rdt: a failure changes nothing, and is told", "[rdt]") {
    Fake fake;
    spec::IntelRdt rdt;
    rdt.clos_id = "gold";
    CHECK(story(Group::make(planned(rdt), fake.tree))
          == "config.json: /linux/intelRdt/closID: open the group \"" + (fake.root / "gold")
                 + "\": no such file or directory");
    CHECK_FALSE(fake.has("gold"));

    // Another program's group has the container's name.
    fake.group("box", "");
    test::put(fake.root / "info/last_cmd_status", "some reason\n");
    CHECK(story(Group::make(planned(complete), fake.tree))
          == "config.json: /linux/intelRdt: make the group \"" + (fake.root / "box")
                 + "\": file exists (the kernel says \"some reason\")");
    CHECK(fake.has("box/tasks"));
    auto const foreseen = plan_group(planned(complete), fake.tree);
    REQUIRE(foreseen);
    CHECK_FALSE(foreseen->made);
    fs::remove_all(fake.root / "box");

    // A kernel without monitoring; one that has no schemata.
    for (auto const* const name : {"", "gold"}) {
        fake.tree.fill = fill_nothing;
        CHECK(story(Group::make(planned(with_clos(name)), fake.tree)).find("schemata")
              != std::string::npos);
        rdt = with_clos(name);
        rdt.l3_cache_schema = "";
        rdt.mem_bw_schema = "";
        rdt.schemata.clear();
        if (rdt.clos_id.empty())
            CHECK(story(Group::make(planned(rdt), fake.tree)).find("/enableMonitoring")
                  != std::string::npos);
        CHECK_FALSE(fake.has("box"));
        CHECK_FALSE(fake.has("gold"));
    }
}

TEST_CASE("rdt: other lines for a group that is in use", "[rdt]") {
    Fake const fake;
    fake.group("gold", "L3:0=f;1=f\nMB:0=50\n");
    spec::IntelRdt const wanted{.clos_id = {},
                                .schemata = {"L2:0=1"},
                                .l3_cache_schema = "L3:0=1",
                                .mem_bw_schema = "MB:0=20",
                                .enable_monitoring = false};
    auto const lines = lines_of(wanted);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].pointer == "/linux/intelRdt/l3CacheSchema");
    Place const place{fake.root / "gold", fake.root / "gold/mon_groups/box", false};
    fs::create_directory(fake.root / "gold/mon_groups/box");
    {
        auto group = Group::open(place, fake.tree);
        REQUIRE(group);
        REQUIRE(group->change(lines));
        CHECK(fake.content("gold/schemata").starts_with("L3:0=1\nMB:0=20\nL2:0=1\n"));
        group->take_back(); // writes all of the old content; in a file the rest stays
        CHECK(fake.content("gold/schemata").starts_with("L3:0=f;1=f\nMB:0=50\n"));
        CHECK(fake.has("gold/mon_groups/box"));
    }
    auto const gone = Group::open({fake.root / "silver", "", true}, fake.tree);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().errnum == ENOENT);
    CHECK_FALSE(Group::open({"/elsewhere/gold", "", true}, fake.tree));
    fs::create_directory_symlink(fake.root / "gold", fake.root / "link");
    CHECK_FALSE(Group::open({fake.root / "link", "", true}, fake.tree));
}

TEST_CASE("rdt: a made class that others use by now isn't taken back", "[rdt]") {
    Fake const fake;
    auto group = Group::make(planned(with_clos("gold")), fake.tree);
    REQUIRE(group);
    test::put(fake.root / "gold/tasks", "99\n");
    group->take_back();
    CHECK(fake.has("gold/tasks"));
    CHECK_FALSE(fake.has("gold/mon_groups/box"));
    test::put(fake.root / "gold/tasks", "");
    group->take_back();
    CHECK_FALSE(fake.has("gold"));
}

TEST_CASE("rdt: links lead nowhere", "[rdt]") {
    Fake const fake;
    Fake const elsewhere;
    fs::create_directory_symlink(elsewhere.root.path(), fake.root / "gold");
    CHECK(story(Group::make(planned(with_clos("gold")), fake.tree)).find("closID")
          != std::string::npos);
    CHECK(elsewhere.content("schemata").empty());
}

TEST_CASE("rdt: without resctrl it is refused", "[rdt]") {
    test::TemporaryDirectory const nothing;
    Tree const tree{nothing.path(), nullptr, nullptr};
    auto const found = plan_group(planned(complete), tree);
    if (found) {
        WARN("resctrl is mounted here");
        return;
    }
    CHECK(found.error().kind == Kind::unsupported);
    CHECK(found.error().story == "config.json: /linux/intelRdt: no resctrl file system is mounted");
    CHECK(story(Group::make(planned(complete), tree)) == found.error().story);
}
