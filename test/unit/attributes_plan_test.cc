// SPDX-License-Identifier: Apache-2.0
// unit/attributes_plan_test.cc - parts/process/attributes_plan.cc: what the system calls get.
#include "catch.h"

#include <linux/sched.h>

#include "flat_plan.h"
#include "parts/process/plan.h"

namespace {

using namespace davit;
using process::Attributes;
using test::Flat;

struct Planned : Flat<Attributes> {
    std::string story;
    [[nodiscard]] std::string printed() const {
        std::string out;
        process::print(inside(), view(), out);
        return out;
    }
};
Planned plan_of(void (*ask)(spec::Process&, spec::Linux&)) {
    spec::Config config;
    ask(config.process.emplace(), config.linux);
    plan::Builder builder(sizeof(Attributes));
    auto const planned = process::plan_attributes(config, builder);
    if (!planned) return {{}, planned.error().story};
    return {{std::move(builder).finish(*planned)}, {}};
}

TEST_CASE("attributes: what isn't asked for is left alone") {
    CHECK(plan_of([](auto&, auto&) {}).inside().wanted == 0);
    auto const affinity =
        plan_of([](auto& p, auto&) { p.exec_cpu_affinity = spec::CpuAffinity{"0", "1"}; });
    CHECK(affinity.inside().wanted == 0); // exec's business
    CHECK(affinity.printed().empty());
}

TEST_CASE("attributes: the scheduler is the kernel's struct sched_attr") {
    auto const plan = plan_of([](auto& p, auto&) {
        p.scheduler = spec::Scheduler{
            .policy = spec::SchedulerPolicy::deadline,
            .nice = -3,
            .priority = 0,
            .flags = {spec::SchedulerFlag::reclaim, spec::SchedulerFlag::util_clamp_max},
            .runtime = 1,
            .deadline = 2,
            .period = 3};
    });
    auto const& attr = plan.inside().scheduler;
    CHECK(plan.inside().wanted == process::scheduler);
    CHECK(attr.size == 56); // SCHED_ATTR_SIZE_VER1
    CHECK(attr.policy == SCHED_DEADLINE);
    CHECK(attr.flags == (SCHED_FLAG_RECLAIM | SCHED_FLAG_UTIL_CLAMP_MAX));
    CHECK(attr.nice == -3);
    CHECK((attr.runtime == 1 && attr.deadline == 2 && attr.period == 3));
    CHECK((attr.util_min == 0 && attr.util_max == 0));
    CHECK(plan.printed()
          == "scheduler SCHED_DEADLINE runtime 1 deadline 2 period 3 SCHED_FLAG_RECLAIM "
             "SCHED_FLAG_UTIL_CLAMP_MAX\n");
}

TEST_CASE("attributes: SCHED_ISO is nobody's") {
    auto const plan =
        plan_of([](auto& p, auto&) { p.scheduler.emplace().policy = spec::SchedulerPolicy::iso; });
    CHECK(plan.story
          == "config.json: /process/scheduler/policy: \"SCHED_ISO\" is reserved: no Linux kernel "
             "implements it");
}

TEST_CASE("attributes: I/O class and priority share a word") {
    auto const plan = plan_of(
        [](auto& p, auto&) { p.io_priority = spec::IoPriority{spec::IoPriorityClass::idle, 5}; });
    CHECK(plan.inside().wanted == process::io_priority);
    CHECK(plan.inside().io_priority == (3 << 13 | 5));
    CHECK(plan.printed() == "I/O priority IOPRIO_CLASS_IDLE 5\n");
}

TEST_CASE("attributes: memory nodes as a mask") {
    auto const plan = plan_of([](auto&, auto& l) {
        l.memory_policy = spec::MemoryPolicy{spec::MemoryPolicyMode::interleave,
                                             " 0-2, 63-65,,1023 ",
                                             {spec::MemoryPolicyFlag::static_nodes}};
    });
    CHECK(plan.inside().wanted == process::memory_policy);
    CHECK(plan.inside().memory_mode == (3 | 0x8000));
    auto const mask = plan.list(plan.inside().nodes);
    REQUIRE(mask.size() == 16);
    CHECK(mask[0] == (7 | 1ULL << 63));
    CHECK(mask[1] == 3);
    CHECK(mask[15] == 1ULL << 63);
    CHECK(plan.printed()
          == "memory policy MPOL_INTERLEAVE on nodes 0,1,2,63,64,65,1023 MPOL_F_STATIC_NODES\n");
}

TEST_CASE("attributes: no nodes, and too many") {
    auto const none = plan_of([](auto&, auto& l) { l.memory_policy.emplace(); });
    CHECK(none.inside().wanted == process::memory_policy);
    CHECK(none.inside().nodes.count == 0);
    CHECK(none.printed() == "memory policy MPOL_DEFAULT\n");
    auto const far = plan_of([](auto&, auto& l) {
        l.memory_policy = spec::MemoryPolicy{spec::MemoryPolicyMode::bind, "0-1024", {}};
    });
    CHECK(far.story == "config.json: /linux/memoryPolicy/nodes: no kernel has node 1024");
}

TEST_CASE("attributes: LINUX is a personality, too") {
    auto const plan = plan_of([](auto&, auto& l) { l.personality.emplace(); });
    CHECK(plan.inside().wanted == process::personality);
    CHECK(plan.inside().personality == 0);
    CHECK(plan.printed() == "personality LINUX\n");
}

} // namespace
