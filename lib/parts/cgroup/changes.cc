// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/changes.cc - changing the limits of groups in use: what to read first, and how to
// take a change back.
//
// Runs in: parent; pure. Kernel interface: cgroup-v2.rst and cgroup-v1/: how the files read back.
#include "parts/cgroup/changes.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace davit::cgroup {

namespace {

std::string_view first_word(std::string_view s) { return s.substr(0, s.find(' ')); }
std::string_view behind_first_word(std::string_view s) {
    return s.substr(std::min(first_word(s).size() + 1, s.size()));
}

/// -1 for v2's "max".
std::optional<std::int64_t> number(std::optional<std::string> const& content) {
    if (!content) return {};
    auto const word = first_word(stripped(*content));
    return word == "max" ? -1 : parse<std::int64_t>(word);
}

bool is_said(std::optional<std::int64_t> const& n) { return n.value_or(0) != 0; }

void complete_memory(spec::Memory& memory, Present const& present) {
    if (is_said(memory.limit) == is_said(memory.swap)) return; // `wanted` has both, or none
    if (is_said(memory.swap)) {
        auto limit = number(present(true, "memory", "memory.max"));
        if (!limit) limit = number(present(false, "memory", "memory.limit_in_bytes"));
        memory.limit = limit;
        return;
    }
    if (memory.limit < 0) return; // all limits go
    // v1 keeps memory plus swap if it is enough for the new limit.
    if (auto const total = number(present(false, "memory", "memory.memsw.limit_in_bytes")))
        memory.swap = total;
    // On v2 a container without swap stays without it, and one with unlimited swap keeps that.
    // (runc would give it as swap what it has lost of its memory.)
    auto const limit = number(present(true, "memory", "memory.max"));
    auto const swap = number(present(true, "memory", "memory.swap.max"));
    if (limit > 0 && swap > 0) memory.swap = *limit + *swap;
}

void complete_cpu(spec::Cpu& cpu, Present const& present) {
    bool const quota = is_said(cpu.quota), period = cpu.period.value_or(0) != 0;
    if (quota == period) return;
    if (auto const max = present(true, "cpu", "cpu.max")) {
        if (period)
            cpu.quota = number(max);
        else
            cpu.period = parse<std::uint64_t>(behind_first_word(stripped(*max)));
        return;
    }
    // v1 has a file for each; systemd has one property for both.
    if (period) {
        cpu.quota = number(present(false, "cpu", "cpu.cfs_quota_us"));
    } else if (auto const told = present(false, "cpu", "cpu.cfs_period_us")) {
        cpu.period = parse<std::uint64_t>(stripped(*told));
    }
}

/// A file with a line for each device, and the value that means no limit.
struct Keyed {
    std::string_view file;
    std::string_view unlimited;
};
constexpr Keyed keyed[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.latency", "target=0"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"blkio.bfq.weight_device", "default"},
    {"blkio.throttle.read_bps_device", "0"},
    {"blkio.throttle.write_bps_device", "0"},
    {"blkio.throttle.read_iops_device", "0"},
    {"blkio.throttle.write_iops_device", "0"},
    {"net_prio.ifpriomap", "0"},
    {"rdma.max", "hca_handle=max hca_object=max"},
};

/// The old line of the same device as the written one.
std::string line_back(Keyed const& row, std::string_view before, std::string_view written) {
    // io.bfq.weight: a number alone is the weight of all other devices.
    auto const key = written.contains(' ') ? first_word(written) : "default";
    for (auto const line : split(before, '\n'))
        if (first_word(line) == key) return std::string(line);
    return text(key, ' ', row.unlimited);
}

using Accesses = std::map<std::string, std::string>; // "c 1:3" → "rwm"

Accesses accesses(std::vector<std::string_view> const& lines) {
    Accesses out;
    for (auto const line : lines)
        if (auto const space = line.rfind(' '); space != line.npos)
            out[std::string(line.substr(0, space))] += line.substr(space + 1);
    return out;
}

/// "c 1:3 rm" for each device for which `from` has more letters than `less`.
std::vector<std::string> surplus(Accesses const& from, Accesses const& less) {
    std::vector<std::string> out;
    for (auto const& [device, letters] : from) {
        auto const at = less.find(device);
        std::string more;
        for (char const c : letters)
            if (at == less.end() || !at->second.contains(c)) more += c;
        if (!more.empty()) out.push_back(text(device, ' ', more));
    }
    return out;
}

} // namespace

spec::Resources complete(spec::Resources wanted, Present const& present) {
    complete_memory(wanted.memory, present);
    complete_cpu(wanted.cpu, present);
    return wanted;
}

std::optional<Write> way_back(Write const& done, std::string_view before) {
    auto back = done;
    before = stripped(before);
    if (done.file == "devices.allow" || done.file == "devices.deny") {
        back.file = done.file == "devices.allow" ? "devices.deny" : "devices.allow";
        return back;
    }
    auto const* const row = std::ranges::find(keyed, done.file, &Keyed::file);
    if (row != std::end(keyed))
        back.value = line_back(*row, before, done.value);
    else if (done.file == "memory.oom_control") // "oom_kill_disable 0", and two lines more
        back.value = behind_first_word(before.substr(0, before.find('\n')));
    else if (before.contains('\n'))
        return {}; // a file of unknown format: no kernel rule says how to write it back
    else
        back.value = before.empty() ? "\n" : before;
    return back;
}

Result<std::vector<std::pair<std::string, std::string>>>
v1_device_changes(std::string_view list, DeviceTable const& wanted) {
    constexpr std::string_view everything = "a *:* rwm";
    bool const has_everything = stripped(list) == everything;
    std::vector<std::pair<std::string, std::string>> out;
    if (wanted.allows_everything()) {
        if (!has_everything) out.emplace_back("devices.allow", "a");
        return out;
    }
    auto lines = TRY(v1_device_lines(wanted));
    // Exceptions from "everything" can't be read: there is nothing to compare.
    if (has_everything || lines.front().first != "devices.deny") return lines;
    std::vector<std::string_view> allowed;
    for (auto const& [file, line] : lines)
        if (file == "devices.allow") allowed.push_back(line);
    auto const now = accesses(split(list, '\n')), then = accesses(allowed);
    for (auto& line : surplus(then, now)) out.emplace_back("devices.allow", std::move(line));
    for (auto& line : surplus(now, then)) out.emplace_back("devices.deny", std::move(line));
    return out;
}

} // namespace davit::cgroup
