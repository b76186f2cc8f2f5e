// SPDX-License-Identifier: Apache-2.0
// shim/metrics_test.cc - davit::Stats as containerd's Metrics of v1 and v2; events; errors.
#include "containerd/metrics.h"

#include "catch.h"
#include "containerd/stats_messages.h"
#include "containerd/status.h"
#include "containerd/topics.h"

using namespace davit;
using namespace davit::shim;
using namespace davit::shim::containerd;

namespace {

Stats some_stats(bool is_v2) {
    Stats stats;
    stats.is_v2 = is_v2;
    stats.pids = Stats::Pids{.current = 3};
    auto& cpu = stats.cpu.emplace();
    cpu.total_ns = 5000, cpu.user_ns = 3000, cpu.system_ns = 2000, cpu.throttled_ns = 7000;
    cpu.each_ns = {4000, 1000};
    auto& memory = stats.memory.emplace();
    memory.use =
        Stats::Memory::Use{.usage = 10, .limit = Stats::no_limit, .peak = 20, .failures = 1};
    memory.with_swap = Stats::Memory::Use{.usage = 11};
    memory.swap = Stats::Memory::Use{.usage = 12, .limit = 13};
    memory.details = {{"total_inactive_file", 6}, {"inactive_file", 5}, {"pgmajfault", 4}};
    memory.events = Stats::Memory::Events{.oom_kill = 2};
    memory.oom_control = stats::OomControl{.under_oom = 1};
    memory.pressure = Stats::Pressure{.some = {.avg10 = 1.5, .total_us = 9}, .full = {}};
    auto& io = stats.io.emplace();
    io.bytes = {{8, 0, "Read", 4096}};
    io.devices = {{8, 0, 1, 2, 3, 4}};
    stats.hugetlb = {{"2MB", {.usage = 1, .limit = 2, .peak = 3, .failures = 4}, {}}};
    stats.rdma = {{"mlx5_0", 1, 2}};
    return stats;
}

} // namespace

TEST_CASE("metrics: cgroup v2", "[metrics]") {
    auto const any = metrics(some_stats(true));
    CHECK(any.type_url == "io.containerd.cgroups.v2.Metrics");
    auto const read = wire::unpack<cgroups_v2::Metrics>(any);
    REQUIRE(read);
    CHECK(read->pids->current == 3);
    CHECK(read->pids->limit == Stats::no_limit);
    CHECK(read->cpu->usage_usec == 5);
    CHECK(read->cpu->throttled_usec == 7);
    CHECK(read->memory->usage == 10);
    CHECK(read->memory->usage_limit == Stats::no_limit);
    CHECK(read->memory->max_usage == 20);
    CHECK(read->memory->swap_usage == 12);
    CHECK(read->memory->inactive_file == 5);
    CHECK(read->memory->psi->some->avg10 == 1.5);
    CHECK(read->memory->psi->some->total == 9);
    CHECK(read->memory_events->oom_kill == 2);
    REQUIRE(read->io->usage.size() == 1);
    CHECK(read->io->usage[0].wios == 4);
    REQUIRE(read->hugetlb.size() == 1);
    CHECK(read->hugetlb[0].max == 2);
    CHECK(read->rdma->current[0].hca_objects == 2);
}

TEST_CASE("metrics: cgroup v1", "[metrics]") {
    auto const any = metrics(some_stats(false));
    CHECK(any.type_url == "io.containerd.cgroups.v1.Metrics");
    auto const read = wire::unpack<cgroups_v1::Metrics>(any);
    REQUIRE(read);
    CHECK(read->pids->limit == 0);
    CHECK(read->cpu->usage->total == 5000);
    CHECK(read->cpu->usage->kernel == 2000);
    CHECK(read->cpu->usage->per_cpu == std::vector<std::uint64_t>{4000, 1000});
    CHECK(read->memory->usage->max == 20);
    CHECK(read->memory->swap->usage == 11);
    CHECK(read->memory->total_inactive_file == 6);
    CHECK(read->memory->pg_maj_fault == 4);
    CHECK(read->memory_oom_control->under_oom == 1);
    CHECK(read->blkio->io_service_bytes_recursive.at(0).op == "Read");
    CHECK(read->hugetlb.at(0).max == 3);
}

TEST_CASE("metrics: what there isn't is left out", "[metrics]") {
    CHECK(metrics({.is_v2 = true}).value.empty());
    CHECK(metrics({}).value.empty());
}

TEST_CASE("topics: each event has its topic and its message", "[metrics]") {
    Time const at{std::chrono::milliseconds(1500)};
    auto const exited = publication(event::Exited{"one", "e1", 7, 137, at});
    CHECK(exited.topic == "/tasks/exit");
    auto const exit = wire::unpack<TaskExit>(exited.event);
    REQUIRE(exit);
    CHECK(exit->id == "e1");
    CHECK(exit->exit_status == 137);
    CHECK(exit->exited_at->seconds == 1);
    CHECK(exit->exited_at->nanos == 500000000);

    auto const deleted = publication(event::Deleted{"one", 7, 0, {}});
    CHECK(deleted.topic == "/tasks/delete");
    CHECK(wire::unpack<TaskDelete>(deleted.event)->id == "one");

    spec::Mount mount;
    mount.destination = "/", mount.type = "overlay", mount.options = {"ro"};
    auto const created =
        publication(event::Created{"one", "/b", {mount}, {.out = "fifo", .terminal = true}, 7});
    CHECK(created.topic == "/tasks/create");
    auto const create = wire::unpack<TaskCreate>(created.event);
    REQUIRE(create);
    CHECK(create->rootfs.at(0).type == "overlay");
    CHECK(create->io->stdout_uri == "fifo");
    CHECK(create->io->terminal);

    CHECK(publication(event::Started{"one", 7}).topic == "/tasks/start");
    CHECK(publication(event::ExecAdded{"one", "e"}).topic == "/tasks/exec-added");
    CHECK(publication(event::ExecStarted{"one", "e", 8}).topic == "/tasks/exec-started");
    CHECK(publication(event::Oom{"one"}).topic == "/tasks/oom");
    CHECK(publication(event::Paused{"one"}).topic == "/tasks/paused");
    CHECK(publication(event::Resumed{"one"}).topic == "/tasks/resumed");
}

TEST_CASE("status: what callers tell apart", "[metrics]") {
    CHECK(status_of({Kind::not_found, 0, "gone"}).code == wire::Code::not_found);
    CHECK(status_of({Kind::state, 0, ""}).code == wire::Code::failed_precondition);
    CHECK(status_of({Kind::exists, 0, ""}).code == wire::Code::already_exists);
    // Not "unimplemented", which containerd 2.4 takes for a shim of an older API.
    CHECK(status_of({Kind::unsupported, 0, ""}).code == wire::Code::unknown);
    CHECK(status_of({Kind::config, 0, ""}).code == wire::Code::unknown);
    CHECK(status_of({Kind::not_found, 0, "gone"}).message == "gone: not found");
}
