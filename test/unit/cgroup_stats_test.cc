// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_stats_test.cc - statistics from directories that play the files of groups, rdt and
// the network.
#include "catch.h"

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/stats.h"
#include "parts/network/stats.h"
#include "parts/rdt/rdt.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace davit::cgroup;
namespace fs = std::filesystem;

struct File {
    char const* name;
    char const* content;
};

// As Linux 6.18 and 5.10 write them.
constexpr File v1_files[] = {
    {"cpuacct.usage", "88531560\n"},
    {"cpuacct.stat", "user 8\nsystem 3\n"},
    {"cpuacct.usage_percpu", "88531560 0 \n"},
    {"cpuacct.usage_all", "cpu user system\n0 80000000 8531560\n1 0 7\n"},
    {"cpu.stat", "nr_periods 12\nnr_throttled 5\nthrottled_time 321000\nwait_sum 9\n"},
    {"cpuset.cpus", "0-2,5\n"},
    {"cpuset.mems", "0\n"},
    {"cpuset.cpu_exclusive", "0\n"},
    {"cpuset.sched_load_balance", "1\n"},
    {"cpuset.sched_relax_domain_level", "-1\n"},
    {"memory.stat", "cache 4096\nrss 8445952\nswap -4096\nhierarchical_memory_limit 67108864\n"},
    {"memory.usage_in_bytes", "8617984\n"},
    {"memory.limit_in_bytes", "67108864\n"},
    {"memory.max_usage_in_bytes", "9000000\n"},
    {"memory.failcnt", "3\n"},
    {"memory.memsw.usage_in_bytes", "8617985\n"},
    {"memory.memsw.limit_in_bytes", "9223372036854771712\n"},
    {"memory.kmem.usage_in_bytes", "122880\n"},
    {"memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 2\n"},
    {"pids.current", "4\n"},
    {"pids.max", "100\n"},
    {"blkio.throttle.io_serviced", "8:0 Read 9\nTotal 9\n"},
    {"blkio.throttle.io_serviced_recursive", "8:0 Read 2\n8:0 Write 1\n8:0 Total 3\nTotal 3\n"},
    {"blkio.throttle.io_service_bytes_recursive", "8:0 Read 8192\n8:0 Write 512\nTotal 8704\n"},
    {"hugetlb.2MB.usage_in_bytes", "2097152\n"},
    {"hugetlb.2MB.limit_in_bytes", "4194304\n"},
    {"hugetlb.2MB.max_usage_in_bytes", "4194304\n"},
    {"hugetlb.2MB.failcnt", "1\n"},
    {"rdma.current", "mlx4_0 hca_handle=2 hca_object=20\n"},
    {"rdma.max", "mlx4_0 hca_handle=max hca_object=2000\n"},
};
constexpr File v2_files[] = {
    {"cgroup.procs", ""},
    {"cpu.stat", "usage_usec 88531\nuser_usec 80000\nsystem_usec 8531\nnice_usec 0\n"
                 "nr_periods 12\nnr_throttled 5\nthrottled_usec 321\nnr_bursts 2\nburst_usec 7\n"},
    {"cpu.pressure", "some avg10=1.23 avg60=0.40 avg300=100.00 total=240989\n"
                     "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"},
    {"memory.stat", "anon 8445952\nfile 4096\nkernel 122880\npgfault 2091\n"},
    {"memory.current", "8617984\n"},
    {"memory.max", "67108864\n"},
    {"memory.peak", "9000000\n"},
    {"memory.swap.current", "1000\n"},
    {"memory.swap.max", "max\n"},
    {"memory.events",
     "low 0\nhigh 1\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\nsock_throttled 0\n"},
    {"memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
                        "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n"},
    {"io.stat", "8:0 rbytes=8192 wbytes=512 rios=2 wios=1 dbytes=0 dios=0\n253:1 \n"},
    {"pids.current", "4\n"},
    {"pids.max", "max\n"},
    {"hugetlb.2MB.current", "2097152\n"},
    {"hugetlb.2MB.max", "max\n"},
    {"hugetlb.2MB.events", "max 5\n"},
    {"hugetlb.2MB.rsvd.current", "4194304\n"},
    {"hugetlb.2MB.rsvd.max", "8388608\n"},
    {"hugetlb.1GB.current", "0\n"},
};

struct Fake {
    test::TemporaryDirectory mount;
    Fake() {
        for (auto const* const group : {"box", "other"}) fs::create_directory(mount / group);
    }
    template <std::size_t N>
    void fill(char const* group, File const (&files)[N]) const {
        for (auto const& file : files) put(group, file.name, file.content);
    }
    void put(std::string const& group, std::string const& name, std::string const& text) const {
        test::put(mount / (group + "/" + name), text);
    }
    Place place(std::string const& group, bool v2, std::vector<std::string> controllers) const {
        return {mount.path(), "/" + group, v2, std::move(controllers)};
    }
    static Result<Stats> read(std::vector<Place> places) {
        auto const groups = Groups::open(std::move(places), Filesystem::any);
        REQUIRE(groups);
        Stats stats;
        auto const done = groups->read(stats);
        if (!done) return std::unexpected(done.error());
        return stats;
    }
};

std::vector<std::string> const all = {"cpu",   "cpuacct", "cpuset",  "memory", "pids",
                                      "blkio", "io",      "hugetlb", "rdma"};

} // namespace

TEST_CASE("cgroup stats: v1", "[cgroup][stats]") {
    Fake const fake;
    fake.fill("box", v1_files);
    auto const stats = Fake::read({fake.place("box", false, all)});
    REQUIRE(stats);
    CHECK_FALSE(stats->is_v2);

    REQUIRE(stats->cpu);
    CHECK(stats->cpu->total_ns == 88531560);
    CHECK(stats->cpu->user_ns == 80'000'000);
    CHECK(stats->cpu->system_ns == 30'000'000);
    CHECK(stats->cpu->each_ns == std::vector<Number>{88531560, 0});
    CHECK(stats->cpu->each_user_ns == std::vector<Number>{80000000, 0});
    CHECK(stats->cpu->each_system_ns == std::vector<Number>{8531560, 7});
    CHECK(stats->cpu->throttled_periods == 5);
    CHECK(stats->cpu->throttled_ns == 321000);
    CHECK_FALSE(stats->cpu->pressure);

    REQUIRE(stats->cpuset);
    CHECK(stats->cpuset->cpus == std::vector<std::uint16_t>{0, 1, 2, 5});
    CHECK(stats->cpuset->sched_relax_domain_level == -1);

    REQUIRE(stats->memory);
    CHECK(stats->memory->use == Stats::Memory::Use{8617984, 67108864, 9000000, 3});
    CHECK(stats->memory->with_swap == Stats::Memory::Use{8617985, 9223372036854771712U, 0, 0});
    CHECK(stats->memory->kernel == Stats::Memory::Use{122880, 0, 0, 0});
    CHECK_FALSE(stats->memory->kernel_tcp);
    CHECK_FALSE(stats->memory->swap);
    CHECK(stats->memory->details.at("rss") == 8445952);
    CHECK(stats->memory->details.at("swap") == 0); // never below
    REQUIRE(stats->memory->oom_control);
    CHECK(stats->memory->oom_control->oom_kill == 2);

    REQUIRE(stats->pids);
    CHECK(stats->pids->current == 4);
    CHECK(stats->pids->limit == 100);

    REQUIRE(stats->io);
    CHECK(stats->io->operations
          == Stats::Io::Entries{{8, 0, "Read", 2}, {8, 0, "Write", 1}, {8, 0, "Total", 3}});
    CHECK(stats->io->bytes.size() == 2);

    REQUIRE(stats->hugetlb.size() == 1);
    CHECK(stats->hugetlb[0].page_size == "2MB");
    CHECK(stats->hugetlb[0].used.peak == 4194304);
    CHECK(stats->hugetlb[0].used.limit == 4194304);
    CHECK_FALSE(stats->hugetlb[0].reserved);
    CHECK(stats->rdma == std::vector<Stats::Rdma>{{"mlx4_0", 2, 20}});
    CHECK(stats->rdma_limits == std::vector<Stats::Rdma>{{"mlx4_0", 0xffffffff, 2000}});
}

TEST_CASE("cgroup stats: v1's I/O counters, from the scheduler that has some", "[cgroup][stats]") {
    Fake const fake;
    auto const place = fake.place("box", false, {"blkio"});
    auto const operations = [&] {
        auto const stats = Fake::read({place});
        REQUIRE(stats);
        return stats->io ? stats->io->operations : Stats::Io::Entries{};
    };
    CHECK(operations().empty());
    fake.put("box", "blkio.throttle.io_serviced", "8:0 Read 1\n");
    CHECK(operations() == Stats::Io::Entries{{8, 0, "Read", 1}});
    fake.put("box", "blkio.throttle.io_serviced_recursive", "8:0 Read 2\n");
    CHECK(operations() == Stats::Io::Entries{{8, 0, "Read", 2}});
    fake.put("box", "blkio.bfq.io_serviced_recursive", "");
    CHECK(operations() == Stats::Io::Entries{{8, 0, "Read", 2}});
    fake.put("box", "blkio.bfq.io_serviced_recursive", "8:0 Read 3\n");
    CHECK(operations() == Stats::Io::Entries{{8, 0, "Read", 3}});
    fake.put("box", "blkio.bfq.sectors_recursive", "8:0 77\n");
    CHECK(operations() == Stats::Io::Entries{{8, 0, "Read", 3}});
    CHECK(Fake::read({place})->io->sectors == Stats::Io::Entries{{8, 0, "", 77}});
}

TEST_CASE("cgroup stats: v2", "[cgroup][stats]") {
    Fake const fake;
    fake.fill("box", v2_files);
    auto const stats = Fake::read({fake.place("box", true, all)});
    REQUIRE(stats);
    CHECK(stats->is_v2);

    REQUIRE(stats->cpu);
    CHECK(stats->cpu->total_ns == 88531000);
    CHECK(stats->cpu->user_ns == 80000000);
    CHECK(stats->cpu->system_ns == 8531000);
    CHECK(stats->cpu->throttled_ns == 321000);
    CHECK(stats->cpu->bursts == 2);
    CHECK(stats->cpu->burst_ns == 7000);
    CHECK(stats->cpu->pressure == Stats::Pressure{{1.23, 0.4, 100, 240989}, {}});
    CHECK_FALSE(stats->cpuset);

    REQUIRE(stats->memory);
    CHECK(stats->memory->use == Stats::Memory::Use{8617984, 67108864, 9000000, 0});
    CHECK(stats->memory->swap == Stats::Memory::Use{1000, Stats::no_limit, 0, 0});
    CHECK_FALSE(stats->memory->with_swap);
    REQUIRE(stats->memory->events);
    CHECK(stats->memory->events->oom_kill == 1);
    CHECK(stats->memory->events->max == 7);
    CHECK(stats->memory->pressure->full.total_us == 17);

    REQUIRE(stats->io);
    CHECK(stats->io->devices
          == std::vector<Stats::Io::Device>{{8, 0, 8192, 512, 2, 1}, {253, 1, 0, 0, 0, 0}});
    CHECK(stats->pids->limit == Stats::no_limit);
    REQUIRE(stats->hugetlb.size() == 2);
    CHECK(stats->hugetlb[0].page_size == "1GB");
    CHECK_FALSE(stats->hugetlb[0].reserved);
    CHECK(stats->hugetlb[1].used.failures == 5);
    CHECK(stats->hugetlb[1].used.limit == Stats::no_limit);
    REQUIRE(stats->hugetlb[1].reserved);
    CHECK(stats->hugetlb[1].reserved->usage == 4194304);
}

TEST_CASE("cgroup stats: beside v1, v2 adds what v1 hasn't", "[cgroup][stats]") {
    Fake const fake;
    fake.put("box", "cpuacct.usage", "5\n");
    fake.put("other", "cpu.stat", "usage_usec 77\n");
    fake.put("other", "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
    fake.put("other", "memory.current", "1\n");
    auto const v1 = fake.place("box", false, {"cpuacct", "pids"});
    auto const v2 = fake.place("other", true, {"hugetlb"});
    fake.put("box", "pids.current", "1\n");
    for (auto const& places : {std::vector{v1, v2}, std::vector{v2, v1}}) {
        auto const stats = Fake::read(places);
        REQUIRE(stats);
        CHECK_FALSE(stats->is_v2);
        CHECK(stats->cpu->total_ns == 5);
        CHECK(stats->cpu->pressure->some.total_us == 9);
        CHECK_FALSE(stats->memory); // not a controller of that hierarchy
    }
}

TEST_CASE("cgroup stats: without controllers, without groups", "[cgroup][stats]") {
    Fake const fake;
    auto const place = fake.place("box", true, all);
    fake.put("box", "cgroup.procs", "10\n11\n");
    auto stats = Fake::read({place});
    REQUIRE(stats);
    CHECK(stats->pids->current == 2); // processes can be counted without their controller
    CHECK(stats->pids->limit == Stats::no_limit);
    CHECK_FALSE(stats->cpu);
    CHECK_FALSE(stats->memory);
    CHECK_FALSE(stats->io);
    CHECK(stats->hugetlb.empty());

    stats = Fake::read({});
    REQUIRE(stats);
    CHECK_FALSE(stats->is_v2);
    CHECK_FALSE(stats->pids);
    CHECK(Fake::read({fake.place("gone", true, all)}));
}

TEST_CASE("cgroup stats: a malformed file is named", "[cgroup][stats]") {
    constexpr File wrong[] = {
        {"cpu.stat", "usage_usec\n"},
        {"cpu.stat", "usage_usec 1x\n"},
        {"cpu.stat", "usage_usec 99999999999999999999\n"},
        {"cpu.pressure", "some avg10=1 avg60=0.00 avg300=0.00 total=0\n"},
        {"cpu.pressure", "some avg10=0.00 total=none\n"},
        {"cpu.pressure", "some avg10\n"},
        {"memory.stat", "anon\n"},
        {"memory.current", "\n"},
        {"memory.current", "lots\n"},
        {"io.stat", "8 rbytes=1\n"},
        {"io.stat", "8:0 rbytes=x\n"},
        {"pids.max", "-x\n"},
        {"rdma.max", "mlx4_0 hca_handle\n"},
    };
    for (auto const& file : wrong) {
        Fake const fake;
        fake.put("box", file.name, file.content);
        auto const stats = Fake::read({fake.place("box", true, all)});
        INFO(file.name << ": " << file.content);
        REQUIRE_FALSE(stats);
        INFO(stats.error().story);
        CHECK(stats.error().kind == Kind::system);
        CHECK(stats.error().story.starts_with("read \"" + (fake.mount / "box/") + file.name
                                              + "\": "));
    }
}

TEST_CASE("cgroup stats: long files are read whole", "[cgroup][stats]") {
    Fake const fake;
    std::string lines;
    for (int i = 0; i < 3000; ++i) lines += "key" + std::to_string(i) + " 1\n";
    fake.put("box", "memory.stat", lines);
    auto const stats = Fake::read({fake.place("box", true, all)});
    REQUIRE(stats);
    CHECK(stats->memory->details.size() == 3000);
}

TEST_CASE("network stats: /proc/PID/net/dev", "[network][stats]") {
    constexpr auto headings = "Inter-|   Receive  |  Transmit\n face |bytes packets |bytes\n";
    auto const read = [&](std::string const& lines) {
        return network::read_interfaces(headings + lines);
    };
    auto const found = read("    lo:  176461    1462    0    0    0     0          0         0   "
                            "176461    1462    0    0    0     0       0          0\n"
                            "  eth0:2093993509   44453    1    2    0     0          0         0  "
                            "1885278   23882    3    4    0     0       0          0\n");
    REQUIRE(found);
    CHECK(*found == network::Interfaces{{"eth0", 2093993509, 44453, 1, 2, 1885278, 23882, 3, 4}});
    CHECK(network::read_interfaces(""));
    for (auto const* const wrong :
         {"eth0 1 2 3\n", "eth0: 1 2 3\n", "eth0: 1 2 3 x\n", ": 1 2 3 4 5 6 7 8 9 10 11 12\n"})
        CHECK_FALSE(read(wrong));
}

TEST_CASE("rdt stats: limits and counters of a group", "[rdt][stats]") {
    test::TemporaryDirectory const root;
    for (auto const* const directory :
         {"info/L3", "info/MB", "info/L3_MON", "box/mon_data/mon_L3_00", "box/mon_data/mon_L3_01",
          "box/mon_groups/box/mon_data/mon_L3_00"})
        fs::create_directories(root / directory);
    rdt::Place place{root / "box", "", true};

    test::put(root / "schemata", "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n");
    test::put(root / "box/schemata", "    MB:0= 20;1=100\n    L3:0=0f0;1=7ff\n");
    auto stats = rdt::read(place);
    REQUIRE(stats);
    REQUIRE(*stats);
    CHECK_FALSE((*stats)->cache);
    CHECK_FALSE((*stats)->bandwidth);
    CHECK_FALSE((*stats)->traffic);
    CHECK((*stats)->schemata == std::vector<std::string>{"MB:0= 20;1=100", "L3:0=0f0;1=7ff"});

    constexpr File files[] = {
        {"info/L3/cbm_mask", "7ff\n"},
        {"info/L3/min_cbm_bits", "1\n"},
        {"info/L3/num_closids", "16\n"},
        {"info/MB/bandwidth_gran", "10\n"},
        {"info/MB/delay_linear", "1\n"},
        {"info/MB/min_bandwidth", "10\n"},
        {"info/MB/num_closids", "8\n"},
        {"info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\nnew\n"},
        {"box/mon_data/mon_L3_00/llc_occupancy", "123456\n"},
        {"box/mon_data/mon_L3_00/mbm_total_bytes", "1000\n"},
        {"box/mon_data/mon_L3_00/mbm_local_bytes", "900\n"},
        {"box/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n"},
        {"box/mon_groups/box/mon_data/mon_L3_00/llc_occupancy", "77\n"},
    };
    for (auto const& file : files) test::put(root / file.name, file.content);
    stats = rdt::read(place);
    REQUIRE(stats);
    auto const& rdt = **stats;
    CHECK(rdt.cache->mask == "7ff");
    CHECK(rdt.cache->groups == 16);
    CHECK(rdt.bandwidth->step == 10);
    CHECK(rdt.bandwidth->groups == 8);
    CHECK(*rdt.occupancy == std::vector<Number>{123456, 0});
    REQUIRE(rdt.traffic->size() == 2);
    CHECK(rdt.traffic->front().local_bytes == 900);
    CHECK(rdt.root_schemata.size() == 2);

    place.monitor = root / "box/mon_groups/box"; // only what the container did
    CHECK(*rdt::read(place).value()->occupancy == std::vector<Number>{77});
    auto const gone = rdt::read({root / "none", "", true});
    REQUIRE(gone);
    CHECK_FALSE(*gone);
}
