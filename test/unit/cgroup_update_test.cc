// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_update_test.cc - limits of groups in use: which values davit adds, how it takes a
// change back; all or nothing, in directories that play cgroups.
#include "catch.h"

#include <sys/stat.h>

#include <map>

#include "parts/cgroup/changes.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace davit::cgroup;

using Files = std::map<std::string, std::string>;

Present files(bool v2, Files const& content) {
    return [=](bool asked, std::string_view, char const* file) -> std::optional<std::string> {
        auto const at = content.find(file);
        if (asked != v2 || at == content.end()) return {};
        return at->second + "\n";
    };
}

spec::Memory completed(spec::Memory const& memory, Present const& present) {
    spec::Resources wanted;
    wanted.memory = memory;
    return complete(wanted, present).memory;
}

spec::Cpu completed(spec::Cpu const& cpu, Present const& present) {
    spec::Resources wanted;
    wanted.cpu = cpu;
    return complete(wanted, present).cpu;
}

spec::Memory memory(std::optional<std::int64_t> limit, std::optional<std::int64_t> swap) {
    spec::Memory out;
    out.limit = limit;
    out.swap = swap;
    return out;
}

std::string back(std::string const& file, std::string const& value, std::string const& before) {
    auto const way = way_back({0, file, value, "", When::always}, before);
    return way ? way->file + "=" + way->value : "none";
}

DeviceTable table_of(std::vector<spec::DeviceRule> const& rules) {
    auto table = device_table(rules);
    REQUIRE(table);
    return *table;
}

std::string device_changes(std::string const& list, DeviceTable const& wanted) {
    auto const changes = v1_device_changes(list, wanted);
    if (!changes) return changes.error().story;
    std::string out;
    for (auto const& [file, line] : *changes) out += text(file.substr(8), ' ', line, '\n');
    return out;
}

/// A directory that plays a cgroup: its files take any text.
struct Fake {
    test::TemporaryDirectory root;
    Place place{root.path(), "/box", true, {"memory", "cpu", "pids", "io"}, true};
    explicit Fake(Files const& content) {
        ::mkdir((root / "box").c_str(), 0755);
        for (auto const& [name, text] : content) test::put(root / ("box/" + name), text);
    }
    [[nodiscard]] std::string says(std::string const& file) const {
        return test::content(root / ("box/" + file));
    }
    [[nodiscard]] Result<> update(spec::Resources const& wanted) const {
        auto const groups = Groups::open({place}, Filesystem::any);
        REQUIRE(groups);
        auto full = groups->complete(wanted);
        if (!full) return std::unexpected(full.error());
        auto const plan = plan_update(*full, {place});
        if (!plan) return std::unexpected(plan.error());
        return groups->update(*plan);
    }
};

} // namespace

TEST_CASE("cgroup update: what v2 needs to know besides", "[cgroup]") {
    auto const v2 =
        files(true, {{"memory.max", "100"}, {"memory.swap.max", "50"}, {"cpu.max", "2000 70000"}});
    CHECK(completed(memory(120, {}), v2) == memory(120, 150));
    CHECK(completed(memory({}, 170), v2) == memory(100, 170));
    CHECK(completed(memory(120, 0), v2) == memory(120, 150)); // 0 says nothing
    for (auto const& all : {memory({}, {}), memory(1, 2), memory(-1, {}), memory(-1, -1)})
        CHECK(completed(all, v2) == all);
    CHECK(completed(memory({}, -1), v2) == memory(100, -1));
    // Without swap, and if nothing is missing, the limits stay the same.
    for (auto const* const swap : {"0", "max"})
        CHECK(completed(memory(120, {}),
                        files(true, {{"memory.max", "100"}, {"memory.swap.max", swap}}))
              == memory(120, {}));
    CHECK(completed(memory(120, {}), files(true, {{"memory.max", "100"}})) == memory(120, {}));
    CHECK(completed(memory({}, 5), files(true, {{"memory.max", "max"}})) == memory(-1, 5));
    CHECK(completed(memory({}, 5), files(true, {})) == memory({}, 5));

    spec::Cpu quota, period;
    quota.quota = 5000;
    period.period = 90000;
    CHECK(completed(quota, v2).period == 70000);
    CHECK(completed(period, v2).quota == 2000);
    CHECK(completed(period, files(true, {{"cpu.max", "max 100000"}})).quota == -1);
    auto const v1 = files(false, {{"cpu.cfs_quota_us", "2000"}, {"cpu.cfs_period_us", "70000"}});
    CHECK(completed(quota, v1).period == 70000);
    CHECK(completed(period, v1).quota == 2000);
    CHECK(completed(quota, files(false, {})) == quota);
    CHECK(completed(spec::Cpu(), v2) == spec::Cpu());
}

TEST_CASE("cgroup update: what v1 needs to know besides", "[cgroup]") {
    auto const v1 =
        files(false, {{"memory.limit_in_bytes", "100"}, {"memory.memsw.limit_in_bytes", "150"}});
    CHECK(completed(memory(120, {}), v1) == memory(120, 150));
    CHECK(completed(memory({}, 170), v1) == memory(100, 170));
    CHECK(completed(memory(-1, {}), v1) == memory(-1, {}));
}

TEST_CASE("cgroup update: the way back", "[cgroup]") {
    CHECK(back("memory.max", "5", "max\n") == "memory.max=max");
    CHECK(back("cpuset.cpus", "5", "\n") == "cpuset.cpus=\n");
    CHECK(back("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
          == "memory.oom_control=0");
    CHECK(back("io.max", "8:0 rbps=5", "8:16 rbps=1 wbps=max riops=max wiops=max\n")
          == "io.max=8:0 rbps=max wbps=max riops=max wiops=max");
    CHECK(back("io.max", "8:16 rbps=5", "8:0 rbps=2\n8:16 rbps=1 wbps=max riops=max wiops=max\n")
          == "io.max=8:16 rbps=1 wbps=max riops=max wiops=max");
    CHECK(back("io.bfq.weight", "500", "default 100\n8:0 200\n") == "io.bfq.weight=default 100");
    CHECK(back("io.weight", "8:0 7", "default 100\n") == "io.weight=8:0 default");
    CHECK(back("net_prio.ifpriomap", "lo 7", "lo 0\neth0 3\n") == "net_prio.ifpriomap=lo 0");
    CHECK(back("rdma.max", "mlx5_0 hca_handle=2", "mlx5_0 hca_handle=max hca_object=9\n")
          == "rdma.max=mlx5_0 hca_handle=max hca_object=9");
    CHECK(back("blkio.throttle.read_bps_device", "8:0 7", "")
          == "blkio.throttle.read_bps_device=8:0 0");
    CHECK(back("devices.allow", "c 1:3 r", "") == "devices.deny=c 1:3 r");
    CHECK(back("devices.deny", "c 1:3 r", "") == "devices.allow=c 1:3 r");
    CHECK(back("some.file", "1", "a 1\nb 2\n") == "none");
}

TEST_CASE("cgroup update: v1's list of devices changes where it differs", "[cgroup]") {
    using enum spec::DeviceRuleType;
    auto const wanted = table_of({{true, character, 1, 3, "rwm"}, {true, character, 10, 229, "r"}});
    CHECK(device_changes("c 1:3 rwm\nc 10:229 r\n", wanted).empty());
    CHECK(device_changes("c 1:3 rm\nc 195:* rw\n", wanted)
          == "allow c 10:229 r\nallow c 1:3 w\ndeny c 195:* rw\n");
    CHECK(device_changes("a *:* rwm\n", wanted) == "deny a\nallow c 10:229 r\nallow c 1:3 rwm\n");
    auto const everything = table_of({{true, spec::DeviceRuleType::all, {}, {}, "rwm"}});
    CHECK(device_changes("c 1:3 rwm\n", everything) == "allow a\n");
    CHECK(device_changes("a *:* rwm\n", everything).empty());
    CHECK(fingerprint(wanted) != fingerprint(everything));
    CHECK(fingerprint(everything)
          == fingerprint(table_of({{true, spec::DeviceRuleType::all, {}, {}, "rwm"}})));
}

TEST_CASE("cgroup update: all of it, or nothing", "[cgroup]") {
    Fake const fake({{"cgroup.controllers", "memory cpu pids io\n"},
                     {"memory.max", "100\n"},
                     {"memory.swap.max", "50\n"},
                     {"memory.current", "70\n"},
                     {"memory.low", "0\n"},
                     {"pids.max", "max\n"},
                     {"cpu.max", "max 100000\n"},
                     {"io.weight", "default 100\n"}});
    spec::Resources wanted;
    wanted.memory.limit = 120;
    wanted.pids.limit = 0; // there are processes: it needn't wait for one
    wanted.cpu.quota = 5000;
    wanted.block_io.weight = 500; // there is no BFQ
    REQUIRE(fake.update(wanted));
    // (A file keeps what a shorter line doesn't cover.)
    CHECK(fake.says("memory.max") == "120\n");
    CHECK(fake.says("memory.swap.max") == "30\n");
    CHECK(fake.says("pids.max").starts_with("0"));
    CHECK(fake.says("cpu.max").starts_with("5000 100000"));
    CHECK(fake.says("io.weight").starts_with("default 4950"));

    // A file is missing: davit takes the earlier writes back.
    wanted = {};
    wanted.memory.limit = 130;
    wanted.memory.reservation = 99;
    wanted.cpu.shares = 512;
    auto const refused = fake.update(wanted);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errnum == ENOENT);
    CHECK(refused.error().story
          == "config.json: /linux/resources/cpu/shares: write \"59\" to \"" + (fake.root / "box")
                 + "/cpu.weight\": no such file or directory");
    CHECK(fake.says("memory.max") == "120\n");
    CHECK(fake.says("memory.low").starts_with("0"));

    wanted = {};
    wanted.memory.limit = 60;
    wanted.memory.check_before_update = true;
    auto const used = fake.update(wanted);
    REQUIRE_FALSE(used);
    CHECK(used.error().kind == Kind::state);
    CHECK(used.error().story
          == "config.json: /linux/resources/memory/limit: 60 is below what is in use: 70");
    wanted.memory.check_before_update = false;
    CHECK(fake.update(wanted));
    // No limit, no write.
    CHECK(fake.update({}));
    wanted = {};
    wanted.network.class_id = 5;
    auto const unknown = fake.update(wanted);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == Kind::unsupported);
}
