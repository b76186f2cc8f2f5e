// SPDX-License-Identifier: Apache-2.0
// unit/full_config.h - a valid configuration that uses every member of the specification.
#pragma once

#include "davit/config.h"
#include "json/names.h"
#include "spec/names.h"

namespace davit::test {

inline spec::Config full_config() {
    auto c = example_config(false, true, 0, 0);
    auto& p = *c.process;
    p.console_size = spec::Box{25, 80};
    p.user = {1, 2, 0022, {3, 4}};
    p.capabilities->inheritable = p.capabilities->ambient = {"CAP_KILL"};
    p.apparmor_profile = "profile";
    p.oom_score_adj = 0;
    p.scheduler =
        spec::Scheduler{.policy = spec::SchedulerPolicy::deadline,
                        .nice = -5,
                        .priority = 0,
                        .flags = {spec::SchedulerFlag::reclaim, spec::SchedulerFlag::dl_overrun},
                        .runtime = 2000,
                        .deadline = 3000,
                        .period = 4000};
    p.selinux_label = "a:b:c";
    p.io_priority = spec::IoPriority{spec::IoPriorityClass::idle, 0};
    p.exec_cpu_affinity = spec::CpuAffinity{"0-3,7", "1, 2"};
    c.domainname = "example.org";
    c.mounts[0].uid_mappings = c.mounts[0].gid_mappings = {{0, 1000, 10}, {10, 2000, 1}};
    c.mounts[0].options = {"ridmap"};
    for (auto list :
         {&spec::Hooks::prestart, &spec::Hooks::create_runtime, &spec::Hooks::create_container,
          &spec::Hooks::start_container, &spec::Hooks::poststart, &spec::Hooks::poststop})
        c.hooks.*list = {{"/bin/true", {"true"}, {"A=b"}, 5}, {"/bin/false", {}, {}, {}}};
    c.annotations = {{"org.example/key~", "value"}, {"b", ""}};

    auto& l = c.linux;
    l.namespaces.push_back({spec::NamespaceType::user, "/proc/1/ns/user"});
    l.namespaces.push_back({spec::NamespaceType::time, ""});
    l.uid_mappings = {{0, 1000, 1}};
    l.gid_mappings = {{0, 1000, 1}};
    l.sysctl = {{"net.ipv4.ip_forward", "1"}, {"net/ipv4/conf/eth0.1/forwarding", "1"}};
    l.cgroups_path = "/a/b";
    l.devices = {{spec::DeviceType::block, "/dev/sda", 8, 0, 0660, 0, 6},
                 {spec::DeviceType::fifo, "/run/fifo", {}, {}, {}, {}, {}},
                 {spec::DeviceType::unbuffered, "/dev/x", 0, 0, 0, {}, {}}};
    l.net_devices = {{"eth0", {"container0"}}, {"eth1", {}}, {"eth2", {"net%d"}}};
    l.rootfs_propagation = spec::Propagation::private_;
    l.mount_label = "label";
    l.intel_rdt = spec::IntelRdt{"group", {"L2:0=f"}, "L3:0=7f0", "MB:0=20", true};
    l.memory_policy = spec::MemoryPolicy{
        spec::MemoryPolicyMode::interleave, "0-1", {spec::MemoryPolicyFlag::static_nodes}};
    l.personality = spec::Personality{spec::PersonalityDomain::linux32, {}};
    l.time_offsets = {{"boottime", {-5, 1}}, {"monotonic", {}}};

    auto& r = l.resources;
    r.devices.push_back({true, spec::DeviceRuleType::character, 10, -1, "rw"});
    r.memory = {1 << 20, 1 << 19, 1 << 21, -1, -1, 0, false, true, true};
    r.cpu = {1024, 100'000, 0, 50'000, 950'000, 1'000'000, "2-3", "0-7", 0};
    r.pids.limit = 0;
    r.block_io = {10,          20,          {{8, 0, 500, {}}, {8, 16, {}, 300}},
                  {{8, 0, 1}}, {{8, 0, 2}}, {{8, 0, 3}},
                  {{8, 0, 4}}};
    r.hugepage_limits = {{"2MB", 1 << 21}, {"64KB", 0}};
    r.network = {1, {{"eth0", 0}}};
    r.rdma = {{"mlx5_1", {3, {}}}, {"rxe3", {{}, 0}}};
    r.unified = {{"io.max", "259:0 rbps=2097152\n253:0 rbps=1"}};

    auto& s = l.seccomp.emplace();
    s.default_errno_ret = 38;
    for (auto const& row : json::names<spec::SeccompArch>)
        s.architectures.push_back(static_cast<spec::SeccompArch>(row.value));
    for (auto const& row : json::names<spec::SeccompFlag>)
        s.flags.push_back(static_cast<spec::SeccompFlag>(row.value));
    s.listener_path = "/run/agent";
    s.listener_metadata = "text";
    for (auto const& row : json::names<spec::SeccompAction>)
        s.syscalls.push_back(
            {{"getcwd", "chmod"}, static_cast<spec::SeccompAction>(row.value), {}, {}});
    for (auto const& row : json::names<spec::SeccompOperator>)
        s.syscalls[0].args.push_back(
            {5, ~std::uint64_t{0}, 1, static_cast<spec::SeccompOperator>(row.value)});
    s.syscalls[1].action = spec::SeccompAction::errno_;
    s.syscalls[1].errno_ret = 0;
    return c;
}

} // namespace davit::test
