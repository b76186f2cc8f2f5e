// SPDX-License-Identifier: Apache-2.0
// safe/process_stat.cc - /proc/PID/stat, whose 2nd field may hold anything, and the numbers of
// pidfds. Runs in: parent. Kernel interface: proc(5), PIDFD_GET_INFO (Linux 6.13).
#include "safe/process_stat.h"

#include <linux/ioctl.h>

#include <algorithm>

#include "base/text.h"
#include "safe/host_procfs.h"

namespace davit::safe {

namespace {

/// struct pidfd_info of <linux/pidfd.h>, in its first version.
struct PidfdInfo {
    std::uint64_t mask = 1; ///< PIDFD_INFO_PID
    std::uint64_t cgroup = 0;
    std::uint32_t pid = 0, tgid = 0, ppid = 0;
    std::uint32_t ids[8] = {};
    std::uint32_t spare = 0;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long get_info = _IOWR(0xFF, 11, PidfdInfo);

} // namespace

std::optional<ProcessStat> parse_stat(std::string_view line) {
    // The process chooses its name, in parentheses: the other fields begin after the last ")".
    line.remove_prefix(std::min(line.rfind(')') + 2, line.size()));
    auto const fields = split(line, ' ');
    constexpr std::size_t first = 3;
    auto const number = [&](std::size_t field) {
        return fields.size() > field - first ? parse<std::uint64_t>(fields[field - first])
                                             : std::nullopt;
    };
    auto const flags = number(9), start_time = number(22);
    if (!flags || !start_time || fields[0].size() != 1) return std::nullopt;
    return ProcessStat{fields[0][0], *flags, *start_time};
}

Result<ProcessStat> process_stat(int pid) {
    auto const proc = TRY(open_procfs());
    auto const file =
        TRY(context(proc.open_file(pid, "stat", O_RDONLY), "open \"/proc/", pid, "/stat\""));
    char buffer[1024];
    auto const size = TRY(
        context(sys::read(file.number(), buffer, sizeof buffer), "read \"/proc/", pid, "/stat\""));
    if (auto const stat = parse_stat({buffer, size})) return *stat;
    return fail(Kind::system, "\"/proc/", pid,
                "/stat\": expected 22 fields or more, of which the 3rd is a letter");
}

Result<int> pid_of(PidFd const& process) {
    PidfdInfo info;
    if (sys::ioctl(process.number(), get_info, &info)) return static_cast<int>(info.pid);
    auto const name = text("fdinfo/", process.number());
    auto const proc = TRY(open_procfs());
    auto const file =
        TRY(context(proc.open_own(name.c_str(), O_RDONLY), "open \"/proc/self/", name, "\""));
    char buffer[1024];
    auto const size = TRY(
        context(sys::read(file.number(), buffer, sizeof buffer), "read \"/proc/self/", name, "\""));
    constexpr std::string_view pid = "Pid:\t";
    for (auto const line : split(std::string_view(buffer, size), '\n'))
        if (line.starts_with(pid)) return parse<int>(line.substr(pid.size())).value_or(0);
    return fail(Kind::system, "\"/proc/self/", name, "\": expected a line \"Pid:\"");
}

} // namespace davit::safe
