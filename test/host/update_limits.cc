// SPDX-License-Identifier: Apache-2.0
// test/host/update_limits.cc - `update` of limits that the kernel checks against each other; a
// refused value leaves all as it was.
//
// Runs on v1, hybrid, with --unified on cgroup2 alone, and in the guest, which has its controllers.

#include "catch.h"
#include "updated.h"

using namespace host;

namespace {
char const* limit_file() { return unified() ? "memory.max" : "memory.limit_in_bytes"; }
} // namespace

TEST_CASE("update: quota and period, whichever is given", "[update][cgroup]") {
    if (lacks("cpu")) return;
    Bundle bundle;
    bundle.set("/linux/resources/cpu", R"({"quota":20000,"period":50000})");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const says = [&](char const* expected) {
        auto const group = cgroup_directory("cpu", bundle.cgroup());
        auto const now = unified() ? read_file(group + "/cpu.max")
                                   : read_file(group + "/cpu.cfs_quota_us") + " "
                                         + read_file(group + "/cpu.cfs_period_us");
        CHECK(now == expected);
    };
    CHECK(update(container, {"--cpu-quota", "30000"}).status == 0);
    says("30000 50000");
    CHECK(update(container, {"--cpu-period", "60000"}).status == 0);
    says("30000 60000");
    // A burst above the old quota: the new quota must be written before it.
    CHECK(update_json(container, R"({"cpu":{"quota":42000,"burst":35000}})").status == 0);
    says("42000 60000");
    // A quota below the old burst: the new burst must be written before it.
    CHECK(update_json(container, R"({"cpu":{"quota":12000,"burst":0}})").status == 0);
    says("12000 60000");
    auto const group = cgroup_directory("cpu", bundle.cgroup());
    auto const burst = group + (unified() ? "/cpu.max.burst" : "/cpu.cfs_burst_us");
    CHECK(read_file(burst) == "0");
    CHECK(update(container, {"--cpu-burst", "12001"}).status == 1);
    CHECK(update(container, {"--cpu-burst", "5000"}).status == 0);
    CHECK(read_file(burst) == "5000");
    // Shares and idleness exclude each other, unless the update changes idleness, too. (systemd
    // does that where it knows of idleness: on v2.)
    CHECK(update(container, {"--cpu-idle", "1"}).status == 0);
    bool const changes = suite().systemd && unified();
    CHECK(update(container, {"--cpu-share", "100"}).status == (changes ? 0 : 1));
    CHECK(update(container, {"--cpu-share", "100", "--cpu-idle", "0"}).status == 0);
    CHECK(read_file(group + "/cpu.idle") == "0");
}

TEST_CASE("update: memory and memory plus swap grow and shrink", "[update][cgroup]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.set("/linux/resources/memory", R"({"limit":67108864,"swap":134217728})");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const group = cgroup_directory("memory", bundle.cgroup());
    auto const swap = group + (unified() ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes");
    if (skip_unless(exists(swap), "a kernel without swap accounting")) return;
    auto const both = [&](long limit, long total) {
        CHECK(read_file(group + "/" + limit_file()) == std::to_string(limit));
        CHECK(read_file(swap) == std::to_string(unified() ? total - limit : total));
    };
    constexpr long mib = 1 << 20;
    both(64 * mib, 128 * mib);
    CHECK(update(container, {"--memory", "256m", "--memory-swap", "512m"}).status == 0);
    both(256 * mib, 512 * mib);
    CHECK(update(container, {"--memory", "32m", "--memory-swap", "48m"}).status == 0);
    both(32 * mib, 48 * mib);
    CHECK(update(container, {"--memory", "40m"}).status == 0);
    both(40 * mib, 48 * mib);
    CHECK(update(container, {"--memory-swap", "64m"}).status == 0);
    both(40 * mib, 64 * mib);
    for (Words const& wrong : {Words{"--memory", "65m"}, Words{"--memory-swap", "39m"},
                               Words{"--memory", "32m", "--memory-swap", "31m"}}) {
        auto const refused = update(container, wrong);
        CHECK(refused.status == 1);
        CHECK(contains(refused.err, "update: --memory-swap: "));
        both(40 * mib, 64 * mib);
    }
    CHECK(update(container, {"--memory-swap", "-1"}).status == 0);
    CHECK(read_file(swap) == (unified() ? "max" : "9223372036854771712"));
    // The container loses all limits, as with runc.
    CHECK(update(container, {"--memory", "64m", "--memory-swap", "64m"}).status == 0);
    if (unified()) CHECK(read_file(swap) == "0");
    CHECK(update(container, {"--memory", "-1"}).status == 0);
    CHECK(read_file(swap) == (unified() ? "max" : "9223372036854771712"));
}

TEST_CASE("update: one refused value, and all is as before", "[update][cgroup]") {
    if (lacks("pids") || lacks("cpuset")) return;
    Bundle bundle;
    bundle.set("/linux/resources/pids/limit", "50");
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto before = limits_now(bundle);
    // An empty list of v2 means the list of the group above. Once set, the kernel never accepts an
    // empty one again. (Only systemd changes the nodes; it accepts a missing node.)
    auto const set = cgroup_directory("cpuset", bundle.cgroup()) + "/cpuset.";
    for (auto const* const name : {"cpus", "mems"})
        if (before[set + name].empty() && (name == std::string("cpus") || suite().systemd))
            before[set + name] = read_file(set + name + ".effective");
    auto const refused = update_json(container, R"({"pids":{"limit":9},
        "cpu":{"shares":700,"quota":33000,"cpus":"0","mems":"77"},"memory":{"limit":67108864}})");
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "update: --resources \"-\": /cpu/mems: write \"77\" to \""
                                    + cgroup_directory("cpuset", bundle.cgroup())));
    CHECK(shown(limits_now(bundle)) == shown(before));
}

TEST_CASE("update: a cpuset beyond that of the group above says what that allows",
          "[update][cgroup]") {
    if (lacks("cpuset")) return;
    if (skip_unless(!suite().systemd, "systemd has words of its own")) return;
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    for (std::string const name : {"cpus", "mems"}) {
        auto const file = cgroup_directory("cpuset", bundle.cgroup()) + "/cpuset." + name;
        auto const above = cgroup_directory("cpuset", bundle.cgroup()) + "/../cpuset." + name;
        auto const allowed = read_file(above + (unified() ? ".effective" : ""));
        auto const before = read_file(file);
        for (auto const* const value : {"99", "0-"}) {
            auto const refused = update(container, {"--cpuset-" + name, value});
            INFO(refused.err);
            CHECK(refused.status == 1);
            CHECK(contains(refused.err, "update: --cpuset-" + name + ": write \"" + value
                                            + "\" to \"" + file + "\" (the cgroup above allows "
                                            + allowed + "): "));
            CHECK(read_file(file) == before);
        }
    }
}

TEST_CASE("update: block devices, one by one", "[update][cgroup]") {
    if (lacks(unified() ? "io" : "blkio")) return;
    auto const number = read_file("/sys/block/vda/dev");
    if (skip_unless(!number.empty(), "no /dev/vda")) return;
    auto const colon = number.find(':');
    auto const device = "\"major\":" + number.substr(0, colon)
                        + ",\"minor\":" + number.substr(colon + 1) + ",\"rate\":";
    Bundle bundle;
    bundle.set("/linux/resources/blockIO/throttleReadBpsDevice", "[{" + device + "1048576}]");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const group = cgroup_directory(unified() ? "io" : "blkio", bundle.cgroup());
    auto const says = [&](char const* v1_file, std::string const& v1, std::string const& v2) {
        CHECK(read_file(group + (unified() ? "/io.max" : v1_file))
              == number + " " + (unified() ? v2 : v1));
    };
    auto const* const read_file_name = "/blkio.throttle.read_bps_device";
    says(read_file_name, "1048576", "rbps=1048576 wbps=max riops=max wiops=max");
    CHECK(update_json(container, R"({"blockIO":{"throttleWriteIOPSDevice":[{)" + device + "77}]}}")
              .status
          == 0);
    says(read_file_name, "1048576", "rbps=1048576 wbps=max riops=max wiops=77");
    says("/blkio.throttle.write_iops_device", "77", "rbps=1048576 wbps=max riops=max wiops=77");
    // The kernel refuses the second: there is no such device. davit takes the first back.
    auto const refused =
        update_json(container, R"({"blockIO":{"throttleReadBpsDevice":[{)" + device
                                   + R"(5000},{"major":4000,"minor":1,"rate":1}]}})");
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "--resources \"-\": /blockIO/throttleReadBpsDevice/1/rate: "));
    says(read_file_name, "1048576", "rbps=1048576 wbps=max riops=max wiops=77");
}

TEST_CASE("update: a limit below what is in use", "[update][cgroup]") {
    if (lacks("memory")) return;
    Bundle bundle;
    bundle.inside({"eat", "41943040", ";", "trap", "TERM"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(is_ready(container));
    // v1's kernel refuses it itself, if it can't swap the memory out.
    auto const refused = update_json(
        container, R"({"memory":{"limit":8388608,"swap":8388608,"checkBeforeUpdate":true}})");
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, unified()
                                    ? "is below what is in use: "
                                    : "unable to set memory limit to 8388608 (current usage: "));
    CHECK(container.status() == "running");
    CHECK(container.kill("TERM").status == 0);
    CHECK(container.wait_stopped());
}
