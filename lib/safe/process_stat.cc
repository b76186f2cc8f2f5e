// SPDX-License-Identifier: Apache-2.0
// safe/process_stat.cc - /proc/PID/stat, whose 2nd field may hold anything. Runs in: parent.
#include "safe/process_stat.h"

#include "base/text.h"
#include "safe/host_procfs.h"

namespace davit::safe {

Result<ProcessStat> process_stat(int pid) {
    auto const proc = TRY(open_procfs());
    auto const file =
        TRY(context(proc.open_file(pid, "stat", O_RDONLY), "open \"/proc/", pid, "/stat\""));
    char buffer[1024];
    auto const size = TRY(
        context(sys::read(file.number(), buffer, sizeof buffer), "read \"/proc/", pid, "/stat\""));
    std::string_view line(buffer, size);
    // The process chooses its name, in parentheses: the other fields begin after the last ")".
    line.remove_prefix(std::min(line.rfind(')') + 2, line.size()));
    auto const fields = split(line, ' ');
    constexpr std::size_t first = 3;
    auto const number = [&](std::size_t field) {
        return fields.size() > field - first ? parse<std::uint64_t>(fields[field - first])
                                             : std::nullopt;
    };
    auto const flags = number(9), start_time = number(22);
    if (!flags || !start_time || fields[0].size() != 1)
        return fail(Kind::system, "\"/proc/", pid,
                    "/stat\": expected 22 fields or more, of which the 3rd is a letter");
    return ProcessStat{fields[0][0], *flags, *start_time};
}

} // namespace davit::safe
