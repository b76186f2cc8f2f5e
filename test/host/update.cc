// SPDX-License-Identifier: Apache-2.0
// test/host/update.cc - `update`: each option's effect on the kernel's file, which containers it
// can update, how engines call it.
//
// Runs on v1, hybrid, with --unified on cgroup2 alone, and in the guest, which has its controllers.

#include "catch.h"
#include "updated.h"

using namespace host;

namespace {

/// Its names; nullptr where there is none.
struct File {
    char const* v1;
    char const* v2;
};

std::string file_of(Bundle const& bundle, char const* controller, File const& file) {
    auto const* const name = unified() ? file.v2 : file.v1;
    return name ? cgroup_directory(controller, bundle.cgroup()) + "/" + name : "";
}

struct Change {
    char const* controller;
    char const* option;
    char const* value;
    char const* json; ///< the same as /resources
    File file;
    char const* v1;
    char const* v2;
};

constexpr File memory{"memory.limit_in_bytes", "memory.max"};
constexpr File quota{"cpu.cfs_quota_us", "cpu.max"}, period{"cpu.cfs_period_us", "cpu.max"};

constexpr Change changes[] = {
    {"memory", "--memory", "64m", R"({"memory":{"limit":67108864}})", memory, "67108864",
     "67108864"},
    {"memory", "--memory", "1.5GiB", R"({"memory":{"limit":1610612736}})", memory, "1610612736",
     "1610612736"},
    {"memory",
     "--memory-reservation",
     "32MB",
     R"({"memory":{"reservation":33554432}})",
     {"memory.soft_limit_in_bytes", "memory.low"},
     "33554432",
     "33554432"},
    {"memory", "--memory", "-1", R"({"memory":{"limit":-1}})", memory, "9223372036854771712",
     "max"},
    {"pids",
     "--pids-limit",
     "37",
     R"({"pids":{"limit":37}})",
     {"pids.max", "pids.max"},
     "37",
     "37"},
    {"pids",
     "--pids-limit",
     "-1",
     R"({"pids":{"limit":-1}})",
     {"pids.max", "pids.max"},
     "max",
     "max"},
    {"pids", "--pids-limit", "0", R"({"pids":{"limit":0}})", {"pids.max", "pids.max"}, "0", "0"},
    {"cpu",
     "--cpu-share",
     "512",
     R"({"cpu":{"shares":512}})",
     {"cpu.shares", "cpu.weight"},
     "512",
     "59"},
    {"cpu", "--cpu-quota", "50000", R"({"cpu":{"quota":50000}})", quota, "50000", "50000 100000"},
    {"cpu", "--cpu-quota", "-1", R"({"cpu":{"quota":-1}})", quota, "-1", "max 100000"},
    {"cpu", "--cpu-period", "50000", R"({"cpu":{"period":50000}})", period, "50000", "max 50000"},
    {"cpu", "--cpu-idle", "1", R"({"cpu":{"idle":1}})", {"cpu.idle", "cpu.idle"}, "1", "1"},
    {"cpu",
     "--cpu-rt-period",
     "500000",
     R"({"cpu":{"realtimePeriod":500000}})",
     {"cpu.rt_period_us", nullptr},
     "500000",
     nullptr},
    {"cpu",
     "--cpu-rt-runtime",
     "1000",
     R"({"cpu":{"realtimeRuntime":1000}})",
     {"cpu.rt_runtime_us", nullptr},
     "1000",
     nullptr},
    {"cpuset",
     "--cpuset-cpus",
     "0",
     R"({"cpu":{"cpus":"0"}})",
     {"cpuset.cpus", "cpuset.cpus"},
     "0",
     "0"},
    {"cpuset",
     "--cpuset-mems",
     "0",
     R"({"cpu":{"mems":"0"}})",
     {"cpuset.mems", "cpuset.mems"},
     "0",
     "0"},
    {"blkio",
     "--blkio-weight",
     "300",
     R"({"blockIO":{"weight":300}})",
     {"blkio.bfq.weight", nullptr},
     "300",
     nullptr},
};

} // namespace

Outcome host::update(Container const& container, Words const& options, std::string const& input) {
    Words words{"update"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(container.id());
    CommandOptions how;
    how.input = input;
    return run(davit(words), how);
}

Outcome host::update_json(Container const& container, std::string const& json) {
    return update(container, {"--resources", "-"}, json);
}

bool host::is_ready(Container const& container) {
    return eventually([&] { return contains(container.out(), "ready"); });
}

std::string host::shown(std::map<std::string, std::string> const& limits) {
    std::string out;
    for (auto const& [path, value] : limits) out += path + "=" + value + "\n";
    return out;
}

std::map<std::string, std::string> host::limits_now(Bundle const& bundle) {
    std::map<std::string, std::string> out;
    for (auto const& change : changes) {
        if (controller(change.controller).empty()) continue;
        auto const path = file_of(bundle, change.controller, change.file);
        if (!path.empty()) out[path] = read_file(path);
    }
    return out;
}

TEST_CASE("update: each option is what the kernel's file says, and nothing else changes",
          "[update][cgroup]") {
    bool any = false;
    for (auto const& change : changes) {
        if (controller(change.controller).empty() || (unified() && !change.file.v2)) continue;
        for (bool const by_option : {true, false}) {
            any = true;
            INFO(change.option << " " << change.value << ", by option: " << by_option);
            Bundle bundle;
            Container container(bundle);
            REQUIRE(container.create().status == 0);
            auto expected = limits_now(bundle);
            auto const path = file_of(bundle, change.controller, change.file);
            // Realtime limits and the scheduler BFQ are options of the kernel.
            bool const can_be_had = exists(path);
            if (can_be_had) expected[path] = unified() ? change.v2 : change.v1;
            // systemd can't express 0; one process is the same: the container's.
            if (suite().systemd && path.ends_with("pids.max") && expected[path] == "0")
                expected[path] = "1";
            auto const updated = by_option ? update(container, {change.option, change.value})
                                           : update_json(container, change.json);
            if (can_be_had)
                CHECK(updated.err == "");
            else
                CHECK(contains(updated.err, change.file.v1));
            CHECK(updated.status == (can_be_had ? 0 : 1));
            auto now = limits_now(bundle);
            // An idle group has the least of all shares.
            if (change.json == std::string(R"({"cpu":{"idle":1}})"))
                for (auto const* const shares : {"cpu.shares", "cpu.weight"})
                    std::erase_if(now,
                                  [&](auto const& one) { return one.first.ends_with(shares); }),
                        std::erase_if(expected,
                                      [&](auto const& one) { return one.first.ends_with(shares); });
            CHECK(shown(now) == shown(expected));
        }
    }
    (void)skip_unless(any, "no controller here that can be updated");
}

TEST_CASE("update: files of cgroup2 by name", "[update][cgroup]") {
    if (skip_unless(unified() || suite().cgroups == Cgroups::hybrid, "no cgroup2 here")) return;
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const group = cgroup_directory("", bundle.cgroup());
    CHECK(update_json(container, R"({"unified":{"cgroup.max.depth":"3"}})").status == 0);
    CHECK(read_file(group + "/cgroup.max.depth") == "3");
    // All or nothing, and the story names the file.
    auto const refused = update_json(
        container, R"({"unified":{"cgroup.max.depth":"5","cgroup.max.descendants":"many"}})");
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "update: --resources \"-\": /unified/cgroup.max.descendants: write "
                                "\"many\" to \""
                                    + group + "/cgroup.max.descendants\": invalid argument"));
    CHECK(read_file(group + "/cgroup.max.depth") == "3");
}

TEST_CASE("update: who may be updated", "[update]") {
    Bundle bundle;
    bundle.inside({"trap", "TERM"});
    Container container(bundle);
    auto const missing = update(container, {"--cpu-share", "100"});
    CHECK(missing.status == 1);
    CHECK(contains(missing.err, "container does not exist"));
    REQUIRE(container.create().status == 0);
    CHECK(update_json(container, "{}").status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(is_ready(container));
    CHECK(update_json(container, "{}").status == 0);
    if (!controller("pids").empty()) {
        // Paused: the kernel decides.
        auto const v2 = cgroup_directory("", bundle.cgroup());
        auto const freezer = unified() || suite().cgroups == Cgroups::hybrid
                                 ? v2 + "/cgroup.freeze"
                                 : cgroup_directory("freezer", bundle.cgroup()) + "/freezer.state";
        bool const is_v2 = contains(freezer, "cgroup.freeze");
        REQUIRE(write_file(freezer, is_v2 ? "1" : "FROZEN"));
        REQUIRE(eventually([&] { return container.status() == "paused"; }));
        CHECK(update(container, {"--pids-limit", "44"}).status == 0);
        CHECK(read_file(cgroup_directory("pids", bundle.cgroup()) + "/pids.max") == "44");
        REQUIRE(write_file(freezer, is_v2 ? "0" : "THAWED"));
    }
    CHECK(container.kill("TERM").status == 0);
    CHECK(container.wait_stopped());
    auto const stopped = update(container, {"--cpu-share", "100"});
    CHECK(stopped.status == 1);
    CHECK(contains(stopped.err, "container not running"));
}

TEST_CASE("update: as engines call it, and what they get wrong", "[update]") {
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const file = bundle.path() + "/resources.json";
    REQUIRE(write_file(file, R"({"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},
        "memory":{"limit":0,"reservation":0,"swap":0},"blockIO":{"weight":0},
        "devices":null,"hugepageLimits":null,"surprise":{}})"));
    auto const before = limits_now(bundle);
    auto const& id = container.id();
    // The document of runc's example is without effect; so are options beside it.
    for (Words const& words :
         {Words{"update", "--resources=" + file, id}, Words{"update", "-resources", file, id},
          Words{"update", "-r", file, "--pids-limit", "3", id}, Words{"update", id, "-r", file},
          Words{"update", "--kernel-memory", "5m", "--kernel-memory-tcp=1", id},
          Words{"update", id}}) {
        auto const done = Container::verb(words);
        INFO(words[1] << " " << done.err);
        CHECK(done.status == 0);
    }
    CHECK(shown(limits_now(bundle)) == shown(before));
    struct Wrong {
        Words options;
        char const* input;
        char const* story;
    };
    for (auto const& [options, input, story] :
         {Wrong{{"-r", "-"}, "{", "stdin"}, Wrong{{"-r", "-"}, R"({"cpu":{"idle":2}})", "must be"},
          Wrong{{"-r", "-"}, R"({"memory":{"limit":"1g"}})", "/memory/limit"},
          Wrong{{"-r", "/nonexistent"}, "", "no such file or directory"},
          Wrong{{"--memory", "1x"}, "", "--memory"}, Wrong{{"--memory", "-2"}, "", "--memory"},
          Wrong{{"--cpu-quota", "many"}, "", "--cpu-quota"},
          Wrong{{"--cpu-period", "-1"}, "", "--cpu-period"}, Wrong{{"--cpu-idle", "2"}, "", "idle"},
          Wrong{{"--blkio-weight", "66000"}, "", "expected 10 to 1000"},
          Wrong{{"--mem-bw-schema", "L3:0=f"}, "", "must be one line that begins with"},
          Wrong{{"--l3-cache-schema", "L3:0=f"}, "", "resctrl"}}) {
        auto const refused = update(container, options, input);
        INFO(options[0] << ": " << refused.err);
        CHECK(refused.status == 1);
        CHECK(contains_any_case(refused.err, story));
    }
    CHECK(shown(limits_now(bundle)) == shown(before));
}
