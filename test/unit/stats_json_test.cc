// SPDX-License-Identifier: Apache-2.0
// unit/stats_json_test.cc - statistics as lines of `davit events`: davit/stats.h.
#include "catch.h"

#include "davit/stats.h"

using namespace davit;

TEST_CASE("stats json: nothing known, nothing but what is never left out", "[stats]") {
    CHECK(write_stats_event("box", {})
          == R"({"type":"stats","id":"box","data":{"cpu":{},"cpuset":{"cpu_exclusive":0,)"
             R"("mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,)"
             R"("memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,)"
             R"("sched_relax_domain_level":0},"memory":{},"pids":{},"blkio":{},"hugetlb":{},)"
             R"("intel_rdt":{},"network_interfaces":null}})");
    CHECK(write_oom_event("box") == R"({"type":"oom","id":"box"})");
}

TEST_CASE("stats json: v1", "[stats]") {
    Stats stats;
    stats.cpu = Stats::Cpu{.total_ns = 9, .user_ns = 5, .each_ns = {9, 0}, .periods = 3};
    stats.memory.emplace();
    stats.memory->use = {1, 2, 0, 4};
    stats.memory->with_swap = {0, Stats::no_limit, 0, 0};
    stats.memory->kernel.emplace();
    stats.memory->details = {{"cache", 7}, {"rss", 8}};
    stats.pids = {4, 100};
    stats.io.emplace();
    stats.io->sectors = {{8, 0, "", 77}};
    stats.hugetlb = {{"2MB", {1, 2, 3, 4}, {}}, {"1GB", {1, 2, 3, 4}, Stats::Hugetlb::Use{}}};
    stats.interfaces = {{.name = "eth0", .rx_bytes = 1, .tx_dropped = 2}};
    auto const text = write_stats_event("box", stats);
    for (auto const* const part : {
             R"("cpu":{"usage":{"total":9,"percpu":[9,0],"kernel":0,"user":5},)"
             R"("throttling":{"periods":3}})",
             R"("memory":{"cache":7,"usage":{"limit":2,"usage":1,"failcnt":4},)"
             R"("swap":{"limit":18446744073709551615,"failcnt":0},"raw":{"cache":7,"rss":8}})",
             R"("pids":{"current":4,"limit":100})",
             R"("blkio":{"sectorsRecursive":[{"major":8,"value":77}]})",
             R"("hugetlb":{"1GB":{"failcnt":0},"2MB":{"usage":1,"max":3,"failcnt":4}})",
             R"("network_interfaces":[{"Name":"eth0","RxBytes":1,"RxPackets":0,"RxErrors":0,)"
             R"("RxDropped":0,"TxBytes":0,"TxPackets":0,"TxErrors":0,"TxDropped":2}])",
         }) {
        INFO(text);
        CHECK(text.find(part) != text.npos);
    }
}

TEST_CASE("stats json: v2 in v1's words", "[stats]") {
    Stats stats;
    stats.is_v2 = true;
    stats.pids = {4, Stats::no_limit};
    stats.memory.emplace();
    stats.memory->use = {10, 100, 50, 0};
    stats.memory->swap = {3, 20, 7, 0};
    stats.memory->details = {{"file", 6}};
    stats.memory->pressure = Stats::Pressure{{1.5, 0, 0, 2}, {}};
    stats.io.emplace();
    stats.io->devices = {{8, 1, 8192, 512, 2, 0}};
    auto text = write_stats_event("box", stats);
    for (
        auto const* const part : {
            R"("memory":{"cache":6,"usage":{"limit":100,"usage":10,"max":50,"failcnt":0},)"
            R"("swap":{"limit":120,"usage":13,"failcnt":0},"raw":{"file":6},)"
            R"("psi":{"some":{"avg10":1.5,"avg60":0.0,"avg300":0.0,"total":2}}})",
            R"("pids":{"current":4})",
            R"("blkio":{"ioServiceBytesRecursive":[{"major":8,"minor":1,"op":"Read","value":8192},)"
            R"({"major":8,"minor":1,"op":"Write","value":512}],)"
            R"("ioServicedRecursive":[{"major":8,"minor":1,"op":"Read","value":2},)"
            R"({"major":8,"minor":1,"op":"Write"}]})",
        }) {
        INFO(text);
        CHECK(text.find(part) != text.npos);
    }
    stats.memory->use->limit = Stats::no_limit;
    text = write_stats_event("box", stats);
    CHECK(text.find(R"("swap":{"limit":18446744073709551615,"usage":13)") != text.npos);
    stats.memory->swap.reset(); // a kernel without swap
    text = write_stats_event("box", stats);
    CHECK(text.find(R"("swap":{"limit":18446744073709551615,"usage":10)") != text.npos);
}

TEST_CASE("stats json: intel_rdt", "[stats]") {
    Stats stats;
    stats.rdt.emplace();
    stats.rdt->root_schemata = {"MB:0=100", "L3:0=7ff"};
    stats.rdt->schemata = {"MB:0=20", "L3CODE:0=f", "L3DATA:0=1"};
    auto const text = [&] { return write_stats_event("box", stats); };
    auto const has = [&](char const* part) { return text().find(part) != std::string::npos; };
    CHECK(has(R"("intel_rdt":{"schemata":["MB:0=20","L3CODE:0=f","L3DATA:0=1"]})"));
    stats.rdt->cache = {"7ff", 1, 16};
    stats.rdt->bandwidth = {10, 1, 10, 8};
    stats.rdt->traffic = {{1000, 0}};
    stats.rdt->occupancy = {5};
    INFO(text());
    CHECK(
        has(R"("intel_rdt":{"l3_cache_info":{"cbm_mask":"7ff","min_cbm_bits":1,"num_closids":16},)"
            R"("l3_cache_schema_root":"L3:0=7ff","l3_cache_schema":"L3DATA:0=1",)"
            R"("mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,)"
            R"("num_closids":8},"mem_bw_schema_root":"MB:0=100","mem_bw_schema":"MB:0=20")"));
    CHECK(has(R"("mbm_stats":[{"mbm_total_bytes":1000,"mbm_local_bytes":0}],)"
              R"("cmt_stats":[{"llc_occupancy":5}])"));
}
