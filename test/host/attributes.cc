// SPDX-License-Identifier: Apache-2.0
// test/host/attributes.cc - scheduling, I/O priority, NUMA policy, personality, seen from inside.
//
// [config.md#linux-process] [config-linux.md#memory-policy] [config-linux.md#personality]

#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

struct Scheduled {
    double policy, flags, nice, priority;
};

void check_scheduler(char const* wanted, Scheduled const& expected) {
    INFO(wanted);
    Bundle bundle;
    bundle.set("/process/scheduler", wanted).inside({"sched"});
    auto const sched = report(bundle)["sched"];
    CHECK(sched.number("/policy") == expected.policy);
    CHECK(sched.number("/flags") == expected.flags);
    CHECK(sched.number("/nice") == expected.nice);
    CHECK(sched.number("/priority") == expected.priority);
}

/// Whether cgroups of this host have a share of real time (cgroup v1, CONFIG_RT_GROUP_SCHED).
bool real_time_has_groups() {
    auto const cpu = controller("cpu");
    return !cpu.empty() && exists(cpu + "/cpu.rt_runtime_us");
}

} // namespace

TEST_CASE("process: the scheduling policies of ordinary programs", "[process]") {
    check_scheduler(R"({"policy":"SCHED_OTHER","nice":7})", {SCHED_OTHER, 0, 7, 0});
    check_scheduler(R"({"policy":"SCHED_OTHER","nice":-3})", {SCHED_OTHER, 0, -3, 0});
    check_scheduler(R"({"policy":"SCHED_BATCH","nice":2})", {SCHED_BATCH, 0, 2, 0});
    double const ours = getpriority(PRIO_PROCESS, 0); // of which nothing is said, stays
    check_scheduler(R"({"policy":"SCHED_IDLE"})", {SCHED_IDLE, 0, ours, 0});
    check_scheduler(R"({"policy":"SCHED_OTHER","flags":["SCHED_FLAG_RESET_ON_FORK"]})",
                    {SCHED_OTHER, SCHED_FLAG_RESET_ON_FORK, 0, 0});
    // The policy that the process has already: SCHED_OTHER.
    check_scheduler(
        R"({"policy":"SCHED_BATCH","flags":["SCHED_FLAG_KEEP_POLICY","SCHED_FLAG_KEEP_PARAMS"]})",
        {SCHED_OTHER, 0, ours, 0});
}

TEST_CASE("process: without a scheduler the caller's policy stays", "[process]") {
    Bundle bundle;
    bundle.inside({"sched"});
    auto const sched = report(bundle)["sched"];
    CHECK(sched.number("/policy") == ::sched_getscheduler(0));
}

TEST_CASE("process: a user gets the policy that root has set", "[process]") {
    Bundle bundle;
    bundle.set("/process/scheduler", R"({"policy":"SCHED_OTHER","nice":-5})");
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})").inside({"sched"});
    CHECK(report(bundle)["sched"].number("/nice") == -5);
}

TEST_CASE("process: real-time policies", "[process]") {
    for (auto const& [wanted, policy] :
         {std::pair{R"({"policy":"SCHED_FIFO","priority":10})", SCHED_FIFO},
          {R"({"policy":"SCHED_RR","priority":10})", SCHED_RR}}) {
        INFO(wanted);
        Bundle bundle;
        bundle.set("/process/scheduler", wanted).inside({"sched"});
        if (real_time_has_groups()) {
            refused(bundle, "/process/scheduler");
            refused(bundle, "/linux/resources/cpu/realtimeRuntime");
            bundle.set("/linux/resources/cpu",
                       R"({"realtimeRuntime":1000,"realtimePeriod":1000000})");
        }
        auto const sched = report(bundle)["sched"];
        CHECK(sched.number("/policy") == policy);
        CHECK(sched.number("/priority") == 10);
    }
}

TEST_CASE("process: a deadline", "[process]") {
    Bundle bundle;
    bundle.set("/process/scheduler", R"({"policy":"SCHED_DEADLINE","runtime":2000000,
        "deadline":10000000,"period":20000000,"flags":["SCHED_FLAG_RECLAIM"]})");
    bundle.inside({"sched"});
    Container container(bundle);
    auto const ran = container.run();
    if (ran.status != 0) { // no bandwidth for groups other than the root one, or none left
        CHECK(contains(ran.err, "config.json: /process/scheduler: set SCHED_DEADLINE"));
        if (skip_unless(false, "this kernel refuses SCHED_DEADLINE: " + ran.err)) return;
    }
    auto const sched = Report(ran.out)["sched"];
    CHECK(sched.number("/policy") == 6);
    CHECK(sched.number("/runtime") == 2000000);
    CHECK(sched.number("/deadline") == 10000000);
    CHECK(sched.number("/period") == 20000000);
}

TEST_CASE("process: schedulers that can't be", "[process]") {
    Bundle bundle;
    for (auto const& [wanted, story] :
         {std::pair{R"({"policy":"SCHED_ISO"})", "SCHED_ISO"},
          {R"({"policy":"SCHED_EXT"})", "/process/scheduler/policy"},
          {R"({"nice":1})", "/process/scheduler/policy"},
          {R"({"policy":"SCHED_OTHER","nice":20})", "/process/scheduler/nice"},
          {R"({"policy":"SCHED_FIFO"})", "/process/scheduler/priority"},
          {R"({"policy":"SCHED_OTHER","flags":["SCHED_FLAG_X"]})", "/process/scheduler/flags"},
          {R"({"policy":"SCHED_DEADLINE","runtime":5000,"deadline":4000})",
           "/process/scheduler/deadline"}}) {
        INFO(wanted);
        bundle.set("/process/scheduler", wanted);
        refused(bundle, story);
    }
}

TEST_CASE("process: a policy that a joined pid namespace would lose", "[process][davit]") {
    Bundle host;
    host.inside({"sleep", "100"});
    Container other(host);
    REQUIRE(other.create().status == 0);
    Bundle bundle;
    bundle.join_namespace("pid", "/proc/" + std::to_string(other.pid()) + "/ns/pid");
    bundle.set("/process/scheduler", R"({"policy":"SCHED_OTHER","nice":4})").inside({"sched"});
    CHECK(report(bundle)["sched"].number("/nice") == 4);
    bundle.set("/process/scheduler",
               R"({"policy":"SCHED_OTHER","flags":["SCHED_FLAG_RESET_ON_FORK"]})");
    auto const ran = Container(bundle).run();
    if (ran.status == 0) // before Linux 6.17 the fork comes first
        CHECK(Report(ran.out)["sched"].number("/flags") == SCHED_FLAG_RESET_ON_FORK);
    else
        CHECK(contains(ran.err, "outlive the fork"));
}

TEST_CASE("process: I/O priority", "[process]") {
    for (auto const& [wanted, group, level] :
         {std::tuple{R"({"class":"IOPRIO_CLASS_RT","priority":3})", 1, 3},
          {R"({"class":"IOPRIO_CLASS_BE","priority":7})", 2, 7},
          {R"({"class":"IOPRIO_CLASS_IDLE","priority":0})", 3, 0}}) {
        INFO(wanted);
        Bundle bundle;
        bundle.set("/process/ioPriority", wanted).inside({"ioprio"});
        auto const priority = report(bundle)["ioprio"];
        CHECK(priority.number("/class") == group);
        CHECK(priority.number("/priority") == level);
    }
    Bundle bundle;
    bundle.set("/process/ioPriority", R"({"class":"IOPRIO_CLASS_BE","priority":8})");
    refused(bundle, "/process/ioPriority/priority");
    bundle.set("/process/ioPriority", R"({"class":"IOPRIO_CLASS_NONE","priority":0})");
    refused(bundle, "/process/ioPriority/class");
}

TEST_CASE("process: memory policies", "[process]") {
    struct Row {
        char const* json;
        int mode;
        unsigned nodes;
    };
    for (auto const& [wanted, mode, nodes] :
         {Row{R"({"mode":"MPOL_BIND","nodes":"0"})", 2, 1},
          Row{R"({"mode":"MPOL_INTERLEAVE","nodes":"0"})", 3, 1},
          Row{R"({"mode":"MPOL_PREFERRED","nodes":"0"})", 1, 1},
          Row{R"({"mode":"MPOL_PREFERRED","nodes":""})", 4, 0}, // the kernel's own word for it
          Row{R"({"mode":"MPOL_PREFERRED_MANY","nodes":"0"})", 5, 1},
          Row{R"({"mode":"MPOL_LOCAL"})", 4, 0}, Row{R"({"mode":"MPOL_DEFAULT","nodes":""})", 0, 0},
          Row{R"({"mode":"MPOL_BIND","nodes":"0-0, 0","flags":["MPOL_F_STATIC_NODES"]})",
              2 | 0x8000, 1},
          Row{R"({"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_RELATIVE_NODES"]})", 2 | 0x4000,
              1},
          Row{R"({"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_NUMA_BALANCING"]})", 2 | 0x2000,
              1}}) {
        INFO(wanted);
        Bundle bundle;
        bundle.set("/linux/memoryPolicy", wanted).inside({"mempolicy"});
        auto const policy = report(bundle)["mempolicy"];
        CHECK(policy.number("/mode") == mode);
        CHECK(policy.number("/nodes") == nodes);
    }
}

TEST_CASE("process: a weighted interleave, where the kernel has it", "[process]") {
    Bundle bundle; // since Linux 6.9
    bundle.set("/linux/memoryPolicy", R"({"mode":"MPOL_WEIGHTED_INTERLEAVE","nodes":"0"})");
    bundle.inside({"mempolicy"});
    auto const ran = Container(bundle).run();
    if (ran.status == 0)
        CHECK(Report(ran.out)["mempolicy"].number("/mode") == 6);
    else
        CHECK(contains(ran.err, "/linux/memoryPolicy"));
}

TEST_CASE("process: memory policies that can't be applied", "[process]") {
    Bundle bundle;
    for (auto const* wanted :
         {R"({"mode":"MPOL_BIND","nodes":"1000"})", R"({"mode":"MPOL_BIND","nodes":"4000000000"})",
          R"({"mode":"MPOL_BIND"})", R"({"mode":"MPOL_LOCAL","nodes":"0"})",
          R"({"mode":"MPOL_X","nodes":"0"})", R"({"mode":"MPOL_BIND","nodes":"0-"})",
          R"({"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_X"]})", R"({"nodes":"0"})"}) {
        INFO(wanted);
        bundle.set("/linux/memoryPolicy", wanted);
        refused(bundle, "/linux/memoryPolicy");
    }
}

TEST_CASE("process: the personality", "[process]") {
    utsname own;
    ::uname(&own);
    Bundle bundle;
    bundle.inside({"personality"});
    bundle.set("/linux/personality", R"({"domain":"LINUX"})");
    CHECK(report(bundle)["personality"].number("/persona") == 0);
    CHECK(report(bundle)["personality"].text("/machine") == own.machine);
    bundle.set("/linux/personality", R"({"domain":"LINUX32"})");
    CHECK(report(bundle)["personality"].number("/persona") == 8);
    CHECK(report(bundle)["personality"].text("/machine") != own.machine);
    bundle.set("/linux/personality", R"({"domain":"LINUX64"})");
    refused(bundle, "/linux/personality/domain");
    bundle.set("/linux/personality", R"({"domain":"LINUX","flags":["ADDR_NO_RANDOMIZE"]})");
    refused(bundle, "/linux/personality/flags");
}

TEST_CASE("process: execCPUAffinity is for exec alone", "[process]") {
    Bundle bundle;
    bundle.inside({"affinity"});
    auto const everywhere = report(bundle)["affinity"].dump();
    bundle.set("/process/execCPUAffinity", R"({"initial":"0","final":"0"})");
    CHECK(report(bundle)["affinity"].dump() == everywhere);
    bundle.set("/process/execCPUAffinity", R"({"initial":"0-"})");
    refused(bundle, "/process/execCPUAffinity/initial");
    bundle.set("/process/execCPUAffinity", R"({"final":"2-1"})");
    refused(bundle, "/process/execCPUAffinity/final");
}
