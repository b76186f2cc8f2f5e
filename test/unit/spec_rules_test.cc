// SPDX-License-Identifier: Apache-2.0
// unit/spec_rules_test.cc - each rule of validate(): what breaks it, and the story of the error.
#include "catch.h"

#include "davit/config.h"
#include "full_config.h"

using namespace davit;
using test::full_config;

namespace {

struct Case {
    std::string_view story;
    void (*spoil)(spec::Config& c, spec::Process& p, spec::Linux& l);
};
using C = spec::Config;
using P = spec::Process;
using L = spec::Linux;

void check(std::initializer_list<Case> cases) {
    for (auto const& [story, spoil] : cases) {
        auto config = full_config();
        spoil(config, *config.process, config.linux);
        auto const result = validate(config);
        CAPTURE(story);
        REQUIRE_FALSE(result);
        CHECK(result.error().story == story);
        CHECK(result.error().kind == Kind::config);
        CHECK(result.error().errnum == 0);
    }
}

void check_valid(
    std::initializer_list<void (*)(spec::Config& c, spec::Process& p, spec::Linux& l)> cases) {
    int n = 0;
    for (auto const& change : cases) {
        auto config = full_config();
        change(config, *config.process, config.linux);
        auto const result = validate(config);
        INFO("case " << n++ << (result ? "" : result.error().story));
        CHECK(result);
    }
}

} // namespace

TEST_CASE("rules of config.md") {
    check({
        {R"(/ociVersion: must be a version like "1.3.0", found "")",
         [](C& c, P&, L&) { c.oci_version = ""; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "1.0")",
         [](C& c, P&, L&) { c.oci_version = "1.0"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "v1.0.0")",
         [](C& c, P&, L&) { c.oci_version = "v1.0.0"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "01.0.0")",
         [](C& c, P&, L&) { c.oci_version = "01.0.0"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "1.0.0-")",
         [](C& c, P&, L&) { c.oci_version = "1.0.0-"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "1.0.0-01")",
         [](C& c, P&, L&) { c.oci_version = "1.0.0-01"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "1.0.0+a..b")",
         [](C& c, P&, L&) { c.oci_version = "1.0.0+a..b"; }},
        {R"(/ociVersion: must be a version like "1.3.0", found "1.0.0.")",
         [](C& c, P&, L&) { c.oci_version = "1.0.0."; }},
        {R"(/ociVersion: must be 1.x.y, the only major version that davit knows, found "0.5.0")",
         [](C& c, P&, L&) { c.oci_version = "0.5.0"; }},
        {R"(/ociVersion: must be 1.x.y, the only major version that davit knows, found "10.0.0")",
         [](C& c, P&, L&) { c.oci_version = "10.0.0"; }},
        {"/root/path: must not be empty", [](C& c, P&, L&) { c.root.path = ""; }},
        {"/hostname: needs a uts namespace in /linux/namespaces",
         [](C& c, P&, L& l) { c.domainname = "", l.namespaces = {}; }},
        {"/domainname: needs a uts namespace in /linux/namespaces",
         [](C& c, P&, L& l) { c.hostname = "", l.namespaces = {}; }},
        {"/hostname: must have at most 64 bytes, found "
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"…",
         [](C& c, P&, L&) { c.hostname = std::string(65, 'a'); }},
        {"/annotations: must not have an empty key", [](C& c, P&, L&) { c.annotations[""] = "x"; }},
        {"/mounts/1/destination: must not be empty",
         [](C& c, P&, L&) { c.mounts[1].destination = ""; }},
        {"/mounts/0/gidMappings: must be there along with uidMappings",
         [](C& c, P&, L&) { c.mounts[0].gid_mappings = {}; }},
        {"/mounts/0/uidMappings: must be there along with gidMappings",
         [](C& c, P&, L&) { c.mounts[0].uid_mappings = {}; }},
        {"/mounts/0/uidMappings/1/size: must be at least 1",
         [](C& c, P&, L&) { c.mounts[0].uid_mappings[1].size = 0; }},
        {R"(/mounts/1/options/1: needs uidMappings and gidMappings, or a user namespace, found "idmap")",
         [](C& c, P&, L& l) {
             c.mounts[1].options = {"bind", "idmap"};
             std::erase_if(l.namespaces,
                           [](auto& n) { return n.type == spec::NamespaceType::user; });
         }},
        {R"(/hooks/prestart/0/path: must be an absolute path, found "hook")",
         [](C& c, P&, L&) { c.hooks.prestart[0].path = "hook"; }},
        {R"(/hooks/poststop/1/path: must be an absolute path, found "")",
         [](C& c, P&, L&) { c.hooks.poststop[1].path = ""; }},
        {"/hooks/createRuntime/1/timeout: must be at least 1 second, found 0",
         [](C& c, P&, L&) { c.hooks.create_runtime[1].timeout = 0; }},
        {"/hooks/startContainer/1/timeout: must be at least 1 second, found -1",
         [](C& c, P&, L&) { c.hooks.start_container[1].timeout = -1; }},
    });
    check_valid({
        [](C& c, P&, L&) { c.oci_version = "1.0.2-dev"; },
        [](C& c, P&, L&) { c.oci_version = "1.99.0-rc.1+build.01"; },
        [](C& c, P&, L&) { c.mounts[0].destination = "relative"; },
        [](C& c, P&, L&) { c.process.reset(); },
    });
}

TEST_CASE("rules of config.md#process") {
    check({
        {"/process/args: must have at least one entry", [](C&, P& p, L&) { p.args = {}; }},
        {R"(/process/cwd: must be an absolute path, found "tmp")",
         [](C&, P& p, L&) { p.cwd = "tmp"; }},
        {R"(/process/cwd: must be an absolute path, found "")", [](C&, P& p, L&) { p.cwd = ""; }},
        {R"(/process/env/1: must have the form NAME=value, found "A")",
         [](C&, P& p, L&) { p.env[1] = "A"; }},
        {R"(/process/env/0: must have the form NAME=value, found "=A")",
         [](C&, P& p, L&) { p.env[0] = "=A"; }},
        {"/process/consoleSize: must be at most 65535 by 65535",
         [](C&, P& p, L&) { p.console_size->width = 65536; }},
        {R"(/process/rlimits/0/type: must be a resource of getrlimit(2), found "NOFILE")",
         [](C&, P& p, L&) { p.rlimits[0].type = "NOFILE"; }},
        {R"(/process/rlimits/1/type: is there twice, found "RLIMIT_NOFILE")",
         [](C&, P& p, L&) { p.rlimits.push_back(p.rlimits[0]); }},
        {"/process/rlimits/0/soft: must not be above hard",
         [](C&, P& p, L&) { p.rlimits[0].soft = 1025; }},
        {"/process/oomScoreAdj: must be -1000 to 1000, found 1001",
         [](C&, P& p, L&) { p.oom_score_adj = 1001; }},
        {"/process/oomScoreAdj: must be -1000 to 1000, found -1001",
         [](C&, P& p, L&) { p.oom_score_adj = -1001; }},
        {"/process/ioPriority/priority: must be 0 to 7, found 8",
         [](C&, P& p, L&) { p.io_priority->priority = 8; }},
        {"/process/ioPriority/priority: must be 0 to 7, found -1",
         [](C&, P& p, L&) { p.io_priority->priority = -1; }},
        {R"(/process/execCPUAffinity/initial: must be a list of numbers and ranges like "0-3,7", found "3-0")",
         [](C&, P& p, L&) { p.exec_cpu_affinity->initial = "3-0"; }},
        {R"(/process/execCPUAffinity/final: must be a list of numbers and ranges like "0-3,7", found "a")",
         [](C&, P& p, L&) { p.exec_cpu_affinity->final_ = "a"; }},
        {"/process/scheduler/nice: must be -20 to 19, found 20",
         [](C&, P& p, L&) { p.scheduler->nice = 20; }},
        {"/process/scheduler/priority: is for SCHED_FIFO and SCHED_RR only, found 1",
         [](C&, P& p, L&) { p.scheduler->priority = 1; }},
        {"/process/scheduler/priority: must be 1 to 99 for SCHED_FIFO and SCHED_RR, found 0",
         [](C&, P& p, L&) {
             p.scheduler = spec::Scheduler{}, p.scheduler->policy = spec::SchedulerPolicy::fifo;
         }},
        {"/process/scheduler/priority: must be 1 to 99 for SCHED_FIFO and SCHED_RR, found 100",
         [](C&, P& p, L&) {
             p.scheduler = spec::Scheduler{}, p.scheduler->policy = spec::SchedulerPolicy::rr,
             p.scheduler->priority = 100;
         }},
        {"/process/scheduler/runtime: is for SCHED_DEADLINE only",
         [](C&, P& p, L&) { p.scheduler->policy = spec::SchedulerPolicy::other; }},
        {"/process/scheduler/deadline: is for SCHED_DEADLINE only",
         [](C&, P& p, L&) {
             p.scheduler->policy = spec::SchedulerPolicy::other, p.scheduler->runtime = 0;
         }},
        {"/process/scheduler/period: is for SCHED_DEADLINE only",
         [](C&, P& p, L&) {
             p.scheduler->policy = spec::SchedulerPolicy::other,
             p.scheduler->runtime = p.scheduler->deadline = 0;
         }},
        {"/process/scheduler/runtime: must be at least 1024 nanoseconds",
         [](C&, P& p, L&) { p.scheduler->runtime = 1023; }},
        {"/process/scheduler/deadline: must not be below runtime",
         [](C&, P& p, L&) { p.scheduler->deadline = 1999; }},
        {"/process/scheduler/deadline: must be below 2^63 nanoseconds",
         [](C&, P& p, L&) { p.scheduler->deadline = ~std::uint64_t{0}; }},
        {"/process/scheduler/period: must not be below deadline",
         [](C&, P& p, L&) { p.scheduler->period = 2999; }},
        {"/process/scheduler/period: must be below 2^63 nanoseconds",
         [](C&, P& p, L&) { p.scheduler->period = ~std::uint64_t{0}; }},
    });
    check_valid({
        [](C&, P& p, L&) { p.terminal = false, p.console_size->width = 100'000; },
        [](C&, P& p, L&) { p.scheduler->period = 0; },
        [](C&, P& p, L&) { p.capabilities->bounding = {"CAP_OF_THE_FUTURE"}; },
        [](C&, P& p, L&) { p.env = {"A=", "B=c=d"}; },
        [](C&, P& p, L&) { p.rlimits[0].hard = p.rlimits[0].soft = ~std::uint64_t{0}; },
    });
}

TEST_CASE("rules of config-linux.md: namespaces, mappings, paths") {
    check({
        {R"(/linux/namespaces/8/type: is there twice, found "pid")",
         [](C&, P&, L& l) { l.namespaces.push_back({spec::NamespaceType::pid, {}}); }},
        {R"(/linux/namespaces/0/path: must be an absolute path, found "x")",
         [](C&, P&, L& l) { l.namespaces[0].path = "x"; }},
        {"/linux/uidMappings: needs a user namespace in /linux/namespaces",
         [](C&, P&, L& l) {
             l.namespaces[6].type = spec::NamespaceType::pid,
             l.namespaces.erase(l.namespaces.begin());
         }},
        {"/linux/gidMappings: needs a user namespace in /linux/namespaces",
         [](C&, P&, L& l) { l.uid_mappings = {}, l.namespaces.erase(l.namespaces.begin() + 6); }},
        {"/linux/timeOffsets: needs a time namespace in /linux/namespaces",
         [](C&, P&, L& l) { l.namespaces.pop_back(); }},
        {"/linux/netDevices: needs a network namespace in /linux/namespaces",
         [](C&, P&, L& l) { l.namespaces.erase(l.namespaces.begin() + 1); }},
        {"/linux/uidMappings: must have at most 340 entries",
         [](C&, P&, L& l) {
             l.uid_mappings.clear();
             for (std::uint32_t i = 0; i <= 340; ++i) l.uid_mappings.push_back({i, i, 1});
         }},
        {"/linux/gidMappings/0/size: must be at least 1",
         [](C&, P&, L& l) { l.gid_mappings[0].size = 0; }},
        {"/linux/uidMappings/0: must end below id 4294967295",
         [](C&, P&, L& l) { l.uid_mappings[0] = {0xffff'fffe, 0, 2}; }},
        {"/linux/uidMappings/0: must end below id 4294967295",
         [](C&, P&, L& l) { l.uid_mappings[0] = {0, 0xffff'ffff, 1}; }},
        {"/linux/uidMappings/1/containerID: must not overlap an earlier entry",
         [](C&, P&, L& l) { l.uid_mappings = {{0, 0, 10}, {9, 100, 1}}; }},
        {"/linux/uidMappings/1/hostID: must not overlap an earlier entry",
         [](C&, P&, L& l) { l.uid_mappings = {{0, 5, 10}, {10, 0, 6}}; }},
        {R"(/linux/timeOffsets/realtime: must be "monotonic" or "boottime")",
         [](C&, P&, L& l) { l.time_offsets = {{"realtime", {}}}; }},
        {"/linux/timeOffsets/monotonic/nanosecs: must be below 1000000000, found 1000000000",
         [](C&, P&, L& l) { l.time_offsets["monotonic"].nanosecs = 1'000'000'000; }},
        {R"(/linux/sysctl/: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"", "1"}}; }},
        {R"(/linux/sysctl/net..x: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"net..x", "1"}}; }},
        {R"(/linux/sysctl/net~1..~1x: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"net/../x", "1"}}; }},
        {R"(/linux/sysctl/~1net: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"/net", "1"}}; }},
        {R"(/linux/sysctl/net.: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"net.", "1"}}; }},
        {R"(/linux/sysctl/a b: must be a name like "net.ipv4.ip_forward")",
         [](C&, P&, L& l) { l.sysctl = {{"a b", "1"}}; }},
        {R"(/linux/maskedPaths/0: must be an absolute path, found "x")",
         [](C&, P&, L& l) { l.masked_paths = {"x"}; }},
        {R"(/linux/readonlyPaths/1: must be an absolute path, found "")",
         [](C&, P&, L& l) { l.readonly_paths = {"/a", ""}; }},
        {"/linux/personality/flags: must be empty: no flags are defined",
         [](C&, P&, L& l) { l.personality->flags = {"X"}; }},
    });
    check_valid({
        [](C&, P&, L& l) {
            l.uid_mappings = {{0, 5, 10}, {10, 4, 1}, {0xffff'fffe, 0xffff'fffe, 1}};
        },
        [](C&, P&, L& l) {
            l.uid_mappings.clear();
            for (std::uint32_t i = 0; i < 340; ++i) l.uid_mappings.push_back({i, i, 1});
        },
    });
}

TEST_CASE("rules of config-linux.md: devices") {
    check({
        {R"(/linux/devices/0/path: must be an absolute path, found "dev")",
         [](C&, P&, L& l) { l.devices[0].path = "dev"; }},
        {"/linux/devices/0/major: is required, but missing",
         [](C&, P&, L& l) { l.devices[0].major.reset(); }},
        {"/linux/devices/2/minor: is required, but missing",
         [](C&, P&, L& l) { l.devices[2].minor.reset(); }},
        {"/linux/devices/0/major: must be 0 to 4095, found 4096",
         [](C&, P&, L& l) { l.devices[0].major = 4096; }},
        {"/linux/devices/0/minor: must be 0 to 1048575, found -1",
         [](C&, P&, L& l) { l.devices[0].minor = -1; }},
        {"/linux/netDevices/: must be a name that an interface can have",
         [](C&, P&, L& l) { l.net_devices = {{"", {}}}; }},
        {"/linux/netDevices/a~1b: must be a name that an interface can have",
         [](C&, P&, L& l) { l.net_devices = {{"a/b", {}}}; }},
        {"/linux/netDevices/..: must be a name that an interface can have",
         [](C&, P&, L& l) { l.net_devices = {{"..", {}}}; }},
        {R"(/linux/netDevices/eth0/name: must be a name that an interface can have, found "0123456789abcdef")",
         [](C&, P&, L& l) { l.net_devices["eth0"].name = "0123456789abcdef"; }},
        {R"(/linux/netDevices/eth0/name: must be a name that an interface can have, found "a b")",
         [](C&, P&, L& l) { l.net_devices["eth0"].name = "a b"; }},
        {R"(/linux/netDevices/eth0/name: must be a name that an interface can have, found "a%s")",
         [](C&, P&, L& l) { l.net_devices["eth0"].name = "a%s"; }},
        {R"(/linux/netDevices/eth0/name: must be a name that an interface can have, found "a%d%d")",
         [](C&, P&, L& l) { l.net_devices["eth0"].name = "a%d%d"; }},
        {"/linux/netDevices/eth1: must not become a name that is there already",
         [](C&, P&, L& l) { l.net_devices["eth0"].name = "eth1"; }},
        {R"(/linux/netDevices/eth2/name: must not become a name that is there already, found "eth1")",
         [](C&, P&, L& l) { l.net_devices["eth2"].name = "eth1"; }},
        {R"(/linux/resources/devices/1/access: must consist of the letters r, w and m, found "xa")",
         [](C&, P&, L& l) { l.resources.devices[1].access = "xa"; }},
        {"/linux/resources/devices/1/major: must be a device number, or -1 for any, found -2",
         [](C&, P&, L& l) { l.resources.devices[1].major = -2; }},
        {"/linux/resources/devices/1/minor: must be a device number, or -1 for any, found "
         "4294967296",
         [](C&, P&, L& l) { l.resources.devices[1].minor = 4294967296; }},
    });
    check_valid({[](C&, P&, L& l) { l.net_devices = {{"a", {"x%d"}}, {"b", {"x%d"}}}; }});
}

TEST_CASE("rules of config-linux.md: limits") {
    check({
        {"/linux/resources/memory/swappiness: must be 0 to 100",
         [](C&, P&, L& l) { l.resources.memory.swappiness = 101; }},
        {"/linux/resources/memory/swap: must not be below limit: it is memory plus swap, found "
         "1048575",
         [](C&, P&, L& l) { l.resources.memory.swap = (1 << 20) - 1; }},
        {"/linux/resources/cpu/burst: must not be above quota",
         [](C&, P&, L& l) { l.resources.cpu.burst = 100'001; }},
        {"/linux/resources/cpu/idle: must be 0 or 1, found 2",
         [](C&, P&, L& l) { l.resources.cpu.idle = 2; }},
        {"/linux/resources/blockIO/weightDevice/1: must have weight or leafWeight",
         [](C&, P&, L& l) { l.resources.block_io.weight_device[1].leaf_weight.reset(); }},
        {"/linux/resources/blockIO/weightDevice/0/major: must be 0 to 4095, found -1",
         [](C&, P&, L& l) { l.resources.block_io.weight_device[0].major = -1; }},
        {"/linux/resources/blockIO/throttleReadBpsDevice/0/minor: must be 0 to 1048575, found -1",
         [](C&, P&, L& l) { l.resources.block_io.throttle_read_bps_device[0].minor = -1; }},
        {"/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor: must be 0 to 1048575, found -1",
         [](C&, P&, L& l) { l.resources.block_io.throttle_write_iops_device[0].minor = -1; }},
        {R"(/linux/resources/hugepageLimits/0/pageSize: must be a size like 64KB, 2MB or 1GB, found "2M")",
         [](C&, P&, L& l) { l.resources.hugepage_limits[0].page_size = "2M"; }},
        {R"(/linux/resources/hugepageLimits/0/pageSize: must be a size like 64KB, 2MB or 1GB, found "02MB")",
         [](C&, P&, L& l) { l.resources.hugepage_limits[0].page_size = "02MB"; }},
        {R"(/linux/resources/hugepageLimits/0/pageSize: must be a size like 64KB, 2MB or 1GB, found "MB")",
         [](C&, P&, L& l) { l.resources.hugepage_limits[0].page_size = "MB"; }},
        {R"(/linux/resources/hugepageLimits/1/pageSize: must be a size like 64KB, 2MB or 1GB, found "2TB")",
         [](C&, P&, L& l) { l.resources.hugepage_limits[1].page_size = "2TB"; }},
        {R"(/linux/resources/hugepageLimits/1/pageSize: must be a size like 64KB, 2MB or 1GB, found "2/MB")",
         [](C&, P&, L& l) { l.resources.hugepage_limits[1].page_size = "2/MB"; }},
        {"/linux/resources/network/priorities/0/name: must not be empty",
         [](C&, P&, L& l) { l.resources.network.priorities[0].name = ""; }},
        {"/linux/resources/rdma/mlx5_1: must have hcaHandles or hcaObjects",
         [](C&, P&, L& l) { l.resources.rdma["mlx5_1"] = {}; }},
        {"/linux/resources/unified/..~1x: must be the name of a file in the cgroup",
         [](C&, P&, L& l) { l.resources.unified = {{"../x", ""}}; }},
        {"/linux/resources/unified/..: must be the name of a file in the cgroup",
         [](C&, P&, L& l) { l.resources.unified = {{"..", ""}}; }},
        {"/linux/resources/unified/: must be the name of a file in the cgroup",
         [](C&, P&, L& l) { l.resources.unified = {{"", ""}}; }},
        {R"(/linux/intelRdt/closID: must be "/" or the name of a directory, found "a/b")",
         [](C&, P&, L& l) { l.intel_rdt->clos_id = "a/b"; }},
        {R"(/linux/intelRdt/closID: must be "/" or the name of a directory, found "..")",
         [](C&, P&, L& l) { l.intel_rdt->clos_id = ".."; }},
        {R"(/linux/intelRdt/closID: must be "/" or the name of a directory, found "mon_groups")",
         [](C&, P&, L& l) { l.intel_rdt->clos_id = "mon_groups"; }},
        {R"(/linux/intelRdt/memBwSchema: must be one line that begins with "MB:", found "0=20")",
         [](C&, P&, L& l) { l.intel_rdt->mem_bw_schema = "0=20"; }},
        {R"(/linux/intelRdt/memBwSchema: must be one line that begins with "MB:", found "MB:0=20\nL3:0=f")",
         [](C&, P&, L& l) { l.intel_rdt->mem_bw_schema = "MB:0=20\nL3:0=f"; }},
        {R"(/linux/intelRdt/schemata/0: must be one line, found "a\nb")",
         [](C&, P&, L& l) { l.intel_rdt->schemata[0] = "a\nb"; }},
        {R"(/linux/memoryPolicy/nodes: must be a list of numbers and ranges like "0-3,7", found "0-")",
         [](C&, P&, L& l) { l.memory_policy->nodes = "0-"; }},
        {"/linux/memoryPolicy/nodes: must name a node for this mode",
         [](C&, P&, L& l) { l.memory_policy->nodes = ""; }},
        {R"(/linux/memoryPolicy/nodes: must be empty for MPOL_DEFAULT and MPOL_LOCAL, found "0-1")",
         [](C&, P&, L& l) { l.memory_policy->mode = spec::MemoryPolicyMode::local; }},
        {"/linux/memoryPolicy/flags: must not have both MPOL_F_STATIC_NODES and "
         "MPOL_F_RELATIVE_NODES",
         [](C&, P&, L& l) {
             l.memory_policy->flags.push_back(spec::MemoryPolicyFlag::relative_nodes);
         }},
        {"/linux/memoryPolicy/flags: must not say how to see nodes when there are none",
         [](C&, P&, L& l) {
             l.memory_policy->mode = spec::MemoryPolicyMode::preferred, l.memory_policy->nodes = "";
         }},
        {"/linux/memoryPolicy/flags: must have MPOL_F_NUMA_BALANCING only with MPOL_BIND and "
         "MPOL_PREFERRED_MANY",
         [](C&, P&, L& l) { l.memory_policy->flags = {spec::MemoryPolicyFlag::numa_balancing}; }},
    });
    check_valid({
        [](C&, P&, L& l) { l.resources.memory.swap = -1; },
        [](C&, P&, L& l) { l.resources.memory.swap = 0; },
        [](C&, P&, L& l) { l.resources.cpu.quota = -1, l.resources.cpu.burst = 5; },
        [](C&, P&, L& l) { l.intel_rdt->clos_id = "/"; },
        [](C&, P&, L& l) { l.intel_rdt->l3_cache_schema = "L3CODE:0=f\nL3DATA:0=f"; },
        [](C&, P&, L& l) { l.memory_policy = spec::MemoryPolicy{}; },
        [](C&, P&, L& l) {
            l.memory_policy = spec::MemoryPolicy{spec::MemoryPolicyMode::preferred, "", {}};
        },
        [](C&, P&, L& l) {
            l.memory_policy = spec::MemoryPolicy{
                spec::MemoryPolicyMode::bind, "0", {spec::MemoryPolicyFlag::numa_balancing}};
        },
    });
}

TEST_CASE("rules of config-linux.md#seccomp") {
    using enum spec::SeccompAction;
    check({
        {"/linux/seccomp/syscalls/1/errnoRet: must be at most 4095, found 4096",
         [](C&, P&, L& l) { l.seccomp->syscalls[1].errno_ret = 4096; }},
        {"/linux/seccomp/syscalls/1/errnoRet: must be at most 65535, found 65536",
         [](C&, P&, L& l) {
             l.seccomp->syscalls[1].action = trace;
             l.seccomp->syscalls[1].errno_ret = 65536;
         }},
        {"/linux/seccomp/syscalls/2/names: must have at least one entry",
         [](C&, P&, L& l) { l.seccomp->syscalls[2].names = {}; }},
        {"/linux/seccomp/syscalls/0/args/0/index: must be 0 to 5, found 6",
         [](C&, P&, L& l) { l.seccomp->syscalls[0].args[0].index = 6; }},
        {"/linux/seccomp/listenerMetadata: needs listenerPath",
         [](C&, P&, L& l) { l.seccomp->listener_path = ""; }},
        {"/linux/seccomp/listenerPath: is required for SCMP_ACT_NOTIFY",
         [](C&, P&, L& l) { l.seccomp->listener_path = l.seccomp->listener_metadata = ""; }},
    });
    check_valid(
        {[](C&, P&, L& l) { l.seccomp = spec::Seccomp{}, l.seccomp->default_action = allow; }});
}
