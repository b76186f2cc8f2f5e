// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_plan_test.cc - where groups are placed, which limits go where, what is refused.
#include "catch.h"

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/knobs.h"
#include "parts/cgroup/layout.h"

namespace {

using namespace davit;
using namespace davit::cgroup;

Layout const unified{Mode::unified,
                     {{{"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"},
                       "/sys/fs/cgroup",
                       "/user.slice/session-1.scope",
                       true}}};
Layout const hybrid{Mode::hybrid,
                    {{{"name=systemd"}, "/sys/fs/cgroup/systemd", "/", false},
                     {{"pids"}, "/sys/fs/cgroup/pids", "/a", false},
                     {{"blkio"}, "/sys/fs/cgroup/blkio", "/", false},
                     {{"cpu", "cpuacct"}, "/sys/fs/cgroup/cpu,cpuacct", "/", false},
                     {{"devices"}, "/sys/fs/cgroup/devices", "/", false},
                     {{"memory"}, "/sys/fs/cgroup/memory", "/b/c", false},
                     {{"hugetlb"}, "/sys/fs/cgroup/unified", "/d", true}}};

/// Allows all devices, so that tests see the limits alone.
spec::Config config_with(spec::Resources resources = {}) {
    spec::Config config;
    config.oci_version = "1.3.0";
    config.linux.resources = std::move(resources);
    return config;
}

std::string printed(spec::Config const& config, Layout const& layout) {
    auto const p = plan(config, "box", layout);
    if (!p) return p.error().story;
    std::string out;
    print(*p, out);
    return out;
}

/// The writes that aren't device rules, as "file=value" lines.
std::string writes(spec::Resources const& resources, Layout const& layout) {
    auto const p = plan(config_with(resources), "box", layout);
    if (!p) return p.error().story;
    std::string out;
    for (auto const& w : p->writes)
        if (w.member != "/linux/resources/devices" && w.when != When::reused)
            out += w.file + "=" + w.value + "\n";
    return out;
}

std::vector<std::string> paths(std::string const& cgroups_path, Layout const& layout) {
    auto config = config_with();
    config.linux.cgroups_path = cgroups_path;
    auto const p = plan(config, "box", layout);
    if (!p) return {p.error().story};
    std::vector<std::string> out;
    for (auto const& g : p->groups) out.push_back(g.path);
    return out;
}

TEST_CASE("cgroup plan: placement", "[cgroup]") {
    using Paths = std::vector<std::string>;
    CHECK(paths("/x/y", unified) == Paths{"/x/y"});
    CHECK(paths("", unified) == Paths{"/user.slice/box"});
    CHECK(paths("x", unified) == Paths{"/user.slice/x"});
    CHECK(paths("", hybrid) == Paths{"/box", "/a/box", "/box", "/box", "/box", "/b/c/box", "/box"});
    CHECK(paths("../../x", hybrid)[5] == "/b/c/x");
    CHECK(paths("/../x//y/./z/", unified) == Paths{"/x/y/z"});
    CHECK(paths("/", unified)
          == Paths{"config.json: /linux/cgroupsPath: \"/\" doesn't name a group"});
    CHECK(paths("a/..", unified)[0].find("doesn't name a group") != std::string::npos);
    CHECK(paths(std::string("a\0b", 3), unified)[0].find("doesn't name") != std::string::npos);
}

TEST_CASE("cgroup plan: as explained", "[cgroup]") {
    spec::Resources r;
    r.memory.limit = 1 << 20;
    r.pids.limit = 0;
    r.devices = {{false, spec::DeviceRuleType::all, {}, {}, "rwm"}};
    CHECK(printed(config_with(r), unified)
          == "cgroup2 /sys/fs/cgroup/user.slice/box\n"
             "    memory.max = 1048576\n"
             "    pids.max = 0 (once the process is inside)\n"
             "    device program: c 1:3 rwm, c 1:5 rwm, c 1:7 rwm, c 1:8 rwm, c 1:9 rwm, "
             "c 5:0 rwm, c 5:2 rwm, c 10:200 rwm, c 136:* rwm, c *:* m, b *:* m\n");
    r.devices = {{true, spec::DeviceRuleType::all, {}, {}, "rwm"}};
    CHECK(printed(config_with(r), hybrid)
          == "cgroup /sys/fs/cgroup/systemd/box\n"
             "cgroup /sys/fs/cgroup/pids/a/box\n"
             "    pids.max = 0 (once the process is inside)\n"
             "cgroup /sys/fs/cgroup/blkio/box\n"
             "cgroup /sys/fs/cgroup/cpu,cpuacct/box\n"
             "cgroup /sys/fs/cgroup/devices/box\n"
             "cgroup /sys/fs/cgroup/memory/b/c/box\n"
             "    memory.limit_in_bytes = 1048576\n"
             "cgroup2 /sys/fs/cgroup/unified/box\n");
}

TEST_CASE("cgroup plan: memory", "[cgroup]") {
    spec::Resources r;
    r.memory = {};
    r.memory.limit = 100;
    r.memory.reservation = 50;
    r.memory.swap = 300;
    CHECK(writes(r, unified) == "memory.swap.max=200\nmemory.max=100\nmemory.low=50\n");
    CHECK(writes(r, hybrid)
          == "memory.limit_in_bytes=100\nmemory.memsw.limit_in_bytes=300\n"
             "memory.soft_limit_in_bytes=50\n");
    r.memory = {};
    r.memory.limit = -1;
    r.memory.swap = -1;
    CHECK(writes(r, unified) == "memory.swap.max=max\nmemory.max=max\n");
    CHECK(writes(r, hybrid) == "memory.limit_in_bytes=-1\nmemory.memsw.limit_in_bytes=-1\n");
    r.memory.swap = {};
    CHECK(writes(r, unified) == "memory.swap.max=max\nmemory.max=max\n");
    CHECK(writes(r, hybrid) == "memory.memsw.limit_in_bytes=-1\nmemory.limit_in_bytes=-1\n");
    // Nothing to subtract: what runc does.
    r.memory.swap = 300;
    CHECK(writes(r, unified) == "memory.swap.max=300\nmemory.max=max\n");
    r.memory = {};
    r.memory.limit = 100;
    r.memory.swap = 100;
    CHECK(writes(r, unified) == "memory.swap.max=0\nmemory.max=100\n");
    r.memory = {};
    r.memory.limit = 100;
    r.memory.swap = 99;
    CHECK(writes(r, unified)
          == "config.json: /linux/resources/memory/swap: memory plus swap is less than the memory "
             "limit of 100");
    r.memory = {};
    r.memory.swap = 99;
    CHECK(writes(r, hybrid).starts_with("config.json: /linux/resources/memory/swap: "));
    r.memory = {};
    r.memory.limit = -2;
    CHECK(writes(r, unified)
          == "config.json: /linux/resources/memory/limit: expected a limit, or -1 for none, found "
             "-2");
    r.memory = {};
    r.memory.swappiness = 10;
    r.memory.disable_oom_killer = true;
    CHECK(writes(r, hybrid) == "memory.swappiness=10\nmemory.oom_control=1\n");
    CHECK(writes(r, unified)
          == "config.json: /linux/resources/memory/swappiness: cgroup v2 has no such limit");
    r.memory = {};
    r.memory.disable_oom_killer = false;
    r.memory.use_hierarchy = true;
    r.memory.check_before_update = true;
    CHECK(writes(r, unified).empty());
    r.memory = {};
    r.memory.kernel = -1;
    r.memory.kernel_tcp = -1;
    CHECK(writes(r, unified).empty());
    r.memory = {};
    r.memory.kernel = 0; // as Docker says nothing
    CHECK(writes(r, unified).empty());
    r.memory = {};
    r.memory.kernel = 100;
    CHECK(writes(r, hybrid).starts_with("config.json: /linux/resources/memory/kernel: "));
    r.memory = {};
    r.memory.kernel_tcp = 100;
    CHECK(writes(r, hybrid) == "memory.kmem.tcp.limit_in_bytes=100\n");
    CHECK(writes(r, unified)
          == "config.json: /linux/resources/memory/kernelTCP: cgroup v2 has no such limit");
}

TEST_CASE("cgroup plan: cpu", "[cgroup]") {
    spec::Resources r;
    r.cpu = {};
    r.cpu.shares = 1024;
    r.cpu.quota = 50000;
    r.cpu.burst = 1000;
    r.cpu.period = 200000;
    CHECK(writes(r, unified) == "cpu.weight=100\ncpu.max=50000 200000\ncpu.max.burst=1000\n");
    CHECK(writes(r, hybrid)
          == "cpu.shares=1024\ncpu.cfs_period_us=200000\ncpu.cfs_quota_us=50000\n"
             "cpu.cfs_burst_us=1000\n");
    r.cpu = {};
    r.cpu.period = 200000;
    CHECK(writes(r, unified) == "cpu.max=max 200000\n");
    r.cpu = {};
    r.cpu.quota = -1;
    CHECK(writes(r, unified) == "cpu.max=max 100000\n");
    CHECK(writes(r, hybrid) == "cpu.cfs_quota_us=-1\n");
    r.cpu = {};
    r.cpu.shares = 0;
    r.cpu.quota = 0;
    r.cpu.period = 0;
    CHECK(writes(r, unified).empty());
    CHECK(writes(r, hybrid).empty());
    // v1's kernel would take the nearest value that it has; on v2 all groups have a weight.
    r.cpu = {};
    for (auto const& [shares, story, weight] :
         {std::tuple{1U, "the minimum allowed cpu-shares is 2", "1"},
          std::tuple{262145U, "the maximum allowed cpu-shares is 262144", "10000"}}) {
        r.cpu.shares = shares;
        CHECK(writes(r, hybrid) == text("config.json: /linux/resources/cpu/shares: ", story));
        CHECK(writes(r, unified) == text("cpu.weight=", weight, "\n"));
    }
    r.cpu = {};
    r.cpu.idle = 1;
    CHECK(writes(r, unified) == "cpu.idle=1\n");
    r.cpu = {};
    r.cpu.realtime_runtime = 1000;
    r.cpu.realtime_period = 2000;
    CHECK(writes(r, hybrid) == "cpu.rt_period_us=2000\ncpu.rt_runtime_us=1000\n");
    CHECK(writes(r, unified).find("cgroup v2 has no such limit") != std::string::npos);
    r.cpu = {};
    r.cpu.cpus = "0-1";
    r.cpu.mems = "0";
    CHECK(writes(r, unified) == "cpuset.cpus=0-1\ncpuset.mems=0\n");
    CHECK(writes(r, hybrid)
          == "config.json: /linux/resources/cpu/cpus: this host has no cpuset cgroup controller");
}

TEST_CASE("cgroup plan: conversion of weights", "[cgroup]") {
    CHECK(weight_of_shares(2) == 1);
    CHECK(weight_of_shares(1024) == 100);
    CHECK(weight_of_shares(262144) == 10000);
    CHECK(weight_of_shares(1) == 1);
    CHECK(weight_of_shares(300000) == 10000);
    CHECK(weight_of_shares(512) == 59);
    CHECK(weight_of_shares(2048) == 174);
    CHECK(weight_of_shares(100000) == 4340);
    for (std::uint64_t s = 2; s < 262144; s += 97)
        CHECK(weight_of_shares(s) <= weight_of_shares(s + 97));
    CHECK(io_weight(10) == 1);
    CHECK(io_weight(100) == 910);
    CHECK(io_weight(1000) == 10000);
}

TEST_CASE("cgroup plan: no processes are a limit from version 1.3 on", "[cgroup]") {
    spec::Resources r;
    r.pids.limit = 0;
    for (auto const* old : {"", "1.0.0", "1.0.2-dev", "1.1.0+dev", "1.2.1"})
        CHECK(meant_by(old, r).pids.limit == std::nullopt);
    for (auto const* newer : {"1.3.0", "1.3.0-rc.1", "1.10.0"})
        CHECK(meant_by(newer, r).pids.limit == 0);
    for (std::int64_t const other : {-1, 1}) {
        r.pids.limit = other;
        CHECK(meant_by("1.0.2", r).pids.limit == other);
    }
    r.pids.limit = 0;
    auto config = config_with(r);
    config.oci_version = "1.0.2";
    // Nothing is asked of that controller, so a host without it has nothing to refuse.
    auto const p = plan(config, "box", Layout{Mode::unified, {{{"memory"}, "/m", "/a", true}}});
    REQUIRE(p);
    CHECK(p->writes.empty());
}

TEST_CASE("cgroup plan: pids, block io, huge pages, rdma, network", "[cgroup]") {
    spec::Resources r;
    r.pids.limit = -1;
    CHECK(writes(r, unified) == "pids.max=max\n");
    r.pids.limit = 7;
    CHECK(writes(r, hybrid) == "pids.max=7\n");

    spec::Resources io;
    io.block_io.weight = 500;
    io.block_io.weight_device = {{8, 0, 300, {}}};
    io.block_io.throttle_read_bps_device = {{.major = 8, .minor = 16, .rate = 1000}};
    io.block_io.throttle_write_iops_device = {{.major = 8, .minor = 16, .rate = 20}};
    CHECK(writes(io, unified)
          == "io.bfq.weight=500\nio.weight=default 4950\nio.bfq.weight=8:0 300\n"
             "io.weight=8:0 2930\nio.max=8:16 rbps=1000\nio.max=8:16 wiops=20\n");
    CHECK(writes(io, hybrid)
          == "blkio.bfq.weight=500\nblkio.bfq.weight_device=8:0 300\n"
             "blkio.throttle.read_bps_device=8:16 1000\n"
             "blkio.throttle.write_iops_device=8:16 20\n");
    io.block_io.throttle_read_bps_device[0].rate = 0;
    CHECK(writes(io, unified)
          == "config.json: /linux/resources/blockIO/throttleReadBpsDevice/0/rate: expected a rate "
             "above 0");
    io = {};
    io.block_io.throttle_write_bps_device = {{.major = 8, .minor = 16, .rate = 2000}};
    io.block_io.throttle_read_iops_device = {{.major = 8, .minor = 16, .rate = 10}};
    CHECK(writes(io, unified) == "io.max=8:16 wbps=2000\nio.max=8:16 riops=10\n");
    CHECK(writes(io, hybrid)
          == "blkio.throttle.write_bps_device=8:16 2000\n"
             "blkio.throttle.read_iops_device=8:16 10\n");
    io.block_io.throttle_write_bps_device[0].rate = 0;
    CHECK(
        writes(io, unified)
            .starts_with("config.json: /linux/resources/blockIO/throttleWriteBpsDevice/0/rate: "));
    io = {};
    io.block_io.weight = 1001;
    CHECK(writes(io, unified)
          == "config.json: /linux/resources/blockIO/weight: expected 10 to 1000, found 1001");
    io = {};
    io.block_io.weight_device = {{8, 0, 5000, {}}};
    CHECK(writes(io, hybrid)
          == "config.json: /linux/resources/blockIO/weightDevice/0/weight: expected 10 to 1000, "
             "found 5000");
    io.block_io.weight_device = {{8, 0, {}, 300}};
    CHECK(writes(io, hybrid)
              .starts_with("config.json: /linux/resources/blockIO/weightDevice/0/leafWeight: "));

    spec::Resources huge;
    huge.hugepage_limits = {{"2MB", 4096}};
    // On the hybrid host the controller is v2's.
    CHECK(writes(huge, hybrid) == "hugetlb.2MB.max=4096\nhugetlb.2MB.rsvd.max=4096\n");
    CHECK(writes(huge, unified) == "hugetlb.2MB.max=4096\nhugetlb.2MB.rsvd.max=4096\n");
    Layout const old{Mode::legacy, {{{"hugetlb"}, "/h", "/", false}, {{"rdma"}, "/r", "/", false}}};
    huge.hugepage_limits = {{"64KB", 1}, {"1GB", 18446744073709551615ULL}};
    CHECK(writes(huge, old)
          == "hugetlb.64KB.limit_in_bytes=1\nhugetlb.64KB.rsvd.limit_in_bytes=1\n"
             "hugetlb.1GB.limit_in_bytes=18446744073709551615\n"
             "hugetlb.1GB.rsvd.limit_in_bytes=18446744073709551615\n");
    // Kernels before 5.7 count no reservations.
    auto const huge_plan = plan(config_with(huge), "box", old);
    REQUIRE(huge_plan);
    CHECK(huge_plan->writes[0].when == When::always);
    CHECK(huge_plan->writes[1].when == When::if_there);
    huge.hugepage_limits = {{"../../x", 4096}};
    CHECK(writes(huge, unified).find("expected a size like") != std::string::npos);

    spec::Resources rdma;
    rdma.rdma = {{"mlx5_1", {3, 10000}}, {"rxe3", {.hca_handles = {}, .hca_objects = 5}}};
    CHECK(writes(rdma, unified)
          == "rdma.max=mlx5_1 hca_handle=3 hca_object=10000\nrdma.max=rxe3 hca_object=5\n");
    CHECK(writes(rdma, old) == writes(rdma, unified));
    CHECK(writes(rdma, hybrid)
          == "config.json: /linux/resources/rdma/mlx5_1: this host has no rdma cgroup controller");

    spec::Resources net;
    net.network = {42, {{"eth0", 5}}};
    CHECK(writes(net, unified)
          == "config.json: /linux/resources/network/classID: this host has no net_cls cgroup "
             "controller");
    Layout const v1{Mode::legacy, {{{"net_cls", "net_prio"}, "/n", "/", false}}};
    CHECK(writes(net, v1) == "net_cls.classid=42\nnet_prio.ifpriomap=eth0 5\n");
    net.network = {{}, {{"eth0", 5}, {"lo", 0}}};
    CHECK(writes(net, v1) == "net_prio.ifpriomap=eth0 5\nnet_prio.ifpriomap=lo 0\n");
    CHECK(writes(net, unified)
          == "config.json: /linux/resources/network/priorities/0/priority: this host has no "
             "net_prio cgroup controller");
}

TEST_CASE("cgroup plan: unified", "[cgroup]") {
    spec::Resources r;
    r.pids.limit = 5;
    r.unified = {
        {"cgroup.max.depth", "3"}, {"io.max", "8:0 rbps=1\n8:16 rbps=2"}, {"pids.max", "6"}};
    CHECK(writes(r, unified)
          == "pids.max=5\ncgroup.max.depth=3\nio.max=8:0 rbps=1\nio.max=8:16 rbps=2\npids.max=6\n");
    auto const p = plan(config_with(r), "box", unified);
    REQUIRE(p);
    CHECK(p->needed == std::vector<std::string>{"pids", "io"});
    CHECK(writes(r, hybrid)
          == "config.json: /linux/resources/unified/io.max: this host has no cgroup v2 controller "
             "\"io\"");
    r.unified = {{"../x", "1"}};
    CHECK(writes(r, unified)
          == "config.json: /linux/resources/unified: \"../x\" is no name of a cgroup file");
    r.unified = {{"a/b", "1"}};
    CHECK(writes(r, unified).find("is no name") != std::string::npos);
    r.unified = {{"misc.max", "1"}};
    CHECK(writes(r, unified).find("\"misc\"") != std::string::npos);
}

TEST_CASE("cgroup plan: device rules", "[cgroup]") {
    Layout const none;
    CHECK(plan(config_with(), "box", none)); // no limit is asked for
    spec::Resources r;
    r.devices = {{false, spec::DeviceRuleType::all, {}, {}, "rwm"}};
    auto const refused = plan(config_with(r), "box", none);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::unsupported);
    CHECK(refused.error().story
          == "config.json: /linux/resources/devices: this host has no devices cgroup controller");
    r.devices[0].allow = true;
    CHECK(plan(config_with(r), "box", none));

    auto const guarded = plan(config_with(), "box", unified);
    REQUIRE(guarded);
    CHECK(guarded->guard); // nothing said: the default rules
    auto const free = plan(config_with(r), "box", unified);
    REQUIRE(free);
    CHECK_FALSE(free->guard); // all allowed: no program

    r.memory.limit = 5;
    auto const limited = plan(config_with(r), "box", none);
    REQUIRE_FALSE(limited);
    CHECK(limited.error().story
          == "config.json: /linux/resources/memory/limit: this host has no memory cgroup "
             "controller");
    r.memory = {};
    r.devices = {{true, spec::DeviceRuleType::character, 10, {}, "rwm"},
                 {false, spec::DeviceRuleType::character, 10, 5, "rw"}};
    CHECK(plan(config_with(r), "box", unified));
    auto const hole = plan(config_with(r), "box", hybrid);
    REQUIRE_FALSE(hole);
    CHECK(hole.error().kind == Kind::unsupported);
}

TEST_CASE("cgroup plan: groups that were refused", "[cgroup]") {
    Placement const refused{.refused = "make cgroup \"/box\": permission denied"};
    spec::Resources limited;
    limited.pids.limit = 5;
    spec::Resources guarded;
    guarded.devices = {{false, spec::DeviceRuleType::all, {}, {}, "rwm"}};

    auto const none = plan(config_with(), "box", hybrid, refused);
    REQUIRE(none);
    CHECK(none->groups.empty());
    CHECK_FALSE(none->unguarded);
    CHECK(plan(config_with(guarded), "box", hybrid, refused)->unguarded);
    auto const limit = plan(config_with(limited), "box", hybrid, refused);
    REQUIRE_FALSE(limit);
    CHECK(limit.error().kind == Kind::denied);
    CHECK(limit.error().story == "config.json: /linux/resources/pids/limit: " + refused.refused);
    auto placed = config_with();
    placed.linux.cgroups_path = "/elsewhere";
    auto const elsewhere = plan(placed, "box", hybrid, refused);
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().story == "config.json: /linux/cgroupsPath: " + refused.refused);

    auto host = unified;
    host.hierarchies[0].delegated = "/user.slice/session-1.scope";
    auto const own = plan(config_with(guarded), "box", host, refused);
    REQUIRE(own);
    CHECK(own->groups[0].path == "/user.slice/session-1.scope/box");
    CHECK_FALSE(own->guard); // there is no right to load a program
    CHECK(own->unguarded);
    CHECK(plan(config_with(limited), "box", host, refused));
}

TEST_CASE("cgroup plan: a unit of a user's systemd", "[cgroup][systemd]") {
    Placement const users{.driver = CgroupDriver::systemd,
                          .systemd = {.user = true, .group = "/user@1000.service"}};
    spec::Resources guarded;
    guarded.devices = {{false, spec::DeviceRuleType::all, {}, {}, "rwm"}};
    guarded.pids.limit = 5;
    auto const own = plan(config_with(guarded), "box", unified, users);
    REQUIRE(own);
    CHECK(own->groups[0].path == "/user@1000.service/user.slice/davit-box.scope");
    CHECK(own->unguarded); // no user may load a program, systemd's included
    CHECK_FALSE(own->guard);
    CHECK_FALSE(plan_update(guarded, own->groups, own->unit, own->device_rules)->guard); // the same
    for (auto const& property : own->properties) CHECK_FALSE(property.name.starts_with("Device"));

    auto const limit = plan(config_with(guarded), "box", hybrid, users);
    REQUIRE_FALSE(limit);
    CHECK(limit.error().story
          == "config.json: /linux/resources/pids/limit: a user's systemd has no group of cgroup "
             "v1");
    auto const none = plan(config_with(), "box", hybrid, users);
    REQUIRE(none);
    CHECK((none->groups.empty() && !none->unit));
}

TEST_CASE("cgroup layout: /proc/self/cgroup and mountinfo", "[cgroup]") {
    CHECK(parse_memberships("12:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/x\n")
          == std::vector<Membership>{
              {{"cpu", "cpuacct"}, "/a:b"}, {{"name=systemd"}, "/"}, {{}, "/x"}});
    CHECK(parse_mountinfo(
              "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
              "32 31 0:29 /docker/x /a\\040b rw,relatime shared:1 - cgroup cgroup rw,cpu\n"
              "33 31 0:30 /../.. /c rw - cgroup2 cgroup2 rw\nbroken\n")
          == std::vector<CgroupMount>{{"/docker/x", "/a b", false, {"rw", "cpu"}},
                                      {"/../..", "/c", true, {"rw"}}});
    CHECK(seen_from("/", "/a/b") == "/a/b");
    CHECK(seen_from("/a", "/a/b") == "/b");
    CHECK(seen_from("/a", "/a") == "/");
    CHECK(seen_from("/a", "/ab") == "/");
    CHECK(seen_from("/", "/../x") == "/x");
}

} // namespace
