// SPDX-License-Identifier: Apache-2.0
// parts/process/attributes_plan.cc - scheduling, NUMA policy and personality, as system calls take
// them.
//
// Runs in: parent, pure. config.md#linux-process, sched_setattr(2), ioprio_set(2),
// set_mempolicy(2).
#include <linux/mempolicy.h>

#include "parts/process/plan.h"
#include "spec/names.h"

namespace davit::process {

namespace {

constexpr unsigned io_class_shift = 13; // <linux/ioprio.h> isn't for C++

template <class Flag>
std::uint64_t all_of(std::vector<Flag> const& flags) {
    std::uint64_t bits = 0;
    for (auto const flag : flags) bits |= static_cast<std::uint64_t>(flag);
    return bits;
}

Result<SchedulerAttributes> plan_scheduler(spec::Scheduler const& wanted) {
    // The specification lists it since sched.h does; sched_setattr(2) would say EINVAL.
    if (wanted.policy == spec::SchedulerPolicy::iso)
        return fail(Kind::unsupported, "config.json: /process/scheduler/policy: \"SCHED_ISO\" is "
                                       "reserved: no Linux kernel implements it");
    SchedulerAttributes attr;
    // With the utilisation clamps: config.json has flags but no values for them. They are 0, like
    // every absent number.
    attr.size = sizeof attr;
    attr.policy = static_cast<std::uint32_t>(wanted.policy);
    attr.flags = all_of(wanted.flags);
    attr.nice = wanted.nice;
    attr.priority = static_cast<std::uint32_t>(wanted.priority);
    attr.runtime = wanted.runtime;
    attr.deadline = wanted.deadline;
    attr.period = wanted.period;
    return attr;
}

/// "0-3,7" as a mask of 64-bit words; `most` bits exist on any architecture.
Result<std::vector<std::uint64_t>> mask_of(std::string_view list, std::string_view member,
                                           std::string_view noun, std::uint32_t most) {
    std::vector<std::uint64_t> mask;
    for (auto const& range : number_ranges(list).value_or(std::vector<Range>{})) {
        if (range.last >= most)
            return fail(Kind::config, "config.json: ", member, ": no kernel has ", noun, " ",
                        range.last);
        if (mask.size() <= range.last / 64) mask.resize(range.last / 64 + 1);
        for (auto number = range.first; number <= range.last; ++number)
            mask[number / 64] |= std::uint64_t{1} << number % 64;
    }
    return mask;
}

constexpr std::uint32_t most_nodes = 1024; // CONFIG_NODES_SHIFT is 10
constexpr std::uint32_t most_cpus = 8192;  // CONFIG_NR_CPUS of x86_64, which has most

} // namespace

Result<CpuAffinity> plan_affinity(spec::Process const& process) {
    CpuAffinity affinity;
    if (!process.exec_cpu_affinity) return affinity;
    auto const& wanted = *process.exec_cpu_affinity;
    constexpr std::string_view member = "/process/execCPUAffinity";
    affinity.before = TRY(mask_of(wanted.initial, text(member, "/initial"), "CPU", most_cpus));
    affinity.after = TRY(mask_of(wanted.final_, text(member, "/final"), "CPU", most_cpus));
    return affinity;
}

Result<Attributes> plan_attributes(spec::Config const& config, plan::Builder& builder) {
    Attributes attributes;
    if (config.process && config.process->scheduler) {
        attributes.wanted |= scheduler;
        attributes.scheduler = TRY(plan_scheduler(*config.process->scheduler));
    }
    if (config.process && config.process->io_priority) {
        auto const& wanted = *config.process->io_priority;
        attributes.wanted |= io_priority;
        attributes.io_priority = static_cast<std::uint32_t>(wanted.class_) << io_class_shift
                                 | static_cast<std::uint32_t>(wanted.priority);
    }
    if (auto const& wanted = config.linux.memory_policy) {
        attributes.wanted |= memory_policy;
        attributes.memory_mode = static_cast<std::uint32_t>(wanted->mode)
                                 | static_cast<std::uint32_t>(all_of(wanted->flags));
        attributes.nodes = builder.list(
            TRY(mask_of(wanted->nodes, "/linux/memoryPolicy/nodes", "node", most_nodes)));
    }
    if (auto const& wanted = config.linux.personality) {
        attributes.wanted |= personality;
        attributes.personality = static_cast<std::uint32_t>(wanted->domain);
    }
    return attributes;
}

namespace {

template <class Flag>
std::string names_of(std::uint64_t bits) {
    std::string out;
    for (auto const& flag : json::names<Flag>)
        if (bits & static_cast<std::uint64_t>(flag.value)) out += text(" ", flag.name);
    return out;
}

std::string numbers_in(std::span<std::uint64_t const> mask) {
    std::string out;
    for (std::size_t node = 0; node < mask.size() * 64; ++node)
        if (mask[node / 64] >> node % 64 & 1) out += text(out.empty() ? "" : ",", node);
    return out;
}

} // namespace

void print(Attributes const& attributes, plan::View view, std::string& out) {
    if (attributes.wanted & scheduler) {
        auto const& attr = attributes.scheduler;
        auto const policy = static_cast<spec::SchedulerPolicy>(attr.policy);
        out += text("scheduler ", json::name_of(policy));
        using enum spec::SchedulerPolicy;
        if (policy == deadline)
            out += text(" runtime ", attr.runtime, " deadline ", attr.deadline, " period ",
                        attr.period);
        else if (policy == fifo || policy == rr)
            out += text(" priority ", attr.priority);
        else
            out += text(" nice ", attr.nice);
        out += names_of<spec::SchedulerFlag>(attr.flags) + "\n";
    }
    if (attributes.wanted & io_priority)
        out += text("I/O priority ",
                    json::name_of(static_cast<spec::IoPriorityClass>(attributes.io_priority
                                                                     >> io_class_shift)),
                    " ", attributes.io_priority & 7, "\n");
    if (attributes.wanted & memory_policy) {
        auto const flags = std::uint32_t{MPOL_MODE_FLAGS};
        auto const mode = static_cast<spec::MemoryPolicyMode>(attributes.memory_mode & ~flags);
        out += text("memory policy ", json::name_of(mode));
        if (attributes.nodes.count > 0)
            out += text(" on nodes ", numbers_in(view.list(attributes.nodes)));
        out += names_of<spec::MemoryPolicyFlag>(attributes.memory_mode & flags) + "\n";
    }
    if (attributes.wanted & personality)
        out +=
            text("personality ",
                 json::name_of(static_cast<spec::PersonalityDomain>(attributes.personality)), "\n");
}

} // namespace davit::process
