// SPDX-License-Identifier: Apache-2.0
// parts/rdt/host_stats.cc - what a resctrl group may use, and uses. Runs in: parent.
// Kernel interface: Documentation/filesystems/resctrl.rst.
#include <algorithm>

#include "parts/cgroup/files.h"
#include "parts/rdt/rdt.h"
#include "sys/file.h"

namespace davit::rdt {

namespace {

using Number = Stats::Number;
using Lines = std::vector<std::string>;

std::string_view stripped(std::string_view s) {
    auto const first = std::min(s.find_first_not_of(" \n"), s.size());
    return s.substr(first, s.find_last_not_of(" \n") + 1 - first);
}

/// Nothing if there is no such file.
Sys<std::string> get(Fd const& directory, std::string const& file) {
    auto content = cgroup::get(directory.number(), file.c_str());
    if (!content && content.error() == Errno{ENOENT}) return std::string();
    return content;
}

/// 0 for "Unavailable", "Unassigned", "Error": a counter for which the hardware has no room.
Sys<Number> number(Fd const& directory, std::string const& file) {
    return parse<Number>(stripped(TRY(get(directory, file)))).value_or(0);
}

Sys<Lines> lines(Fd const& directory, std::string const& file) {
    auto const content = TRY(get(directory, file));
    Lines all;
    for (auto const line : split(content, '\n'))
        if (!stripped(line).empty()) all.emplace_back(stripped(line));
    return all;
}

Sys<> read_limits(Fd const& mount, Stats::Rdt& rdt) {
    auto const mask = TRY(get(mount, "info/L3/cbm_mask"));
    if (!mask.empty())
        rdt.cache = {std::string(stripped(mask)), TRY(number(mount, "info/L3/min_cbm_bits")),
                     TRY(number(mount, "info/L3/num_closids"))};
    auto const groups = TRY(number(mount, "info/MB/num_closids"));
    if (groups != 0)
        rdt.bandwidth = {TRY(number(mount, "info/MB/bandwidth_gran")),
                         TRY(number(mount, "info/MB/delay_linear")),
                         TRY(number(mount, "info/MB/min_bandwidth")), groups};
    return {};
}

Sys<> read_monitor(Fd const& mount, Fd const& monitor, Stats::Rdt& rdt) {
    auto const features = TRY(lines(mount, "info/L3_MON/mon_features"));
    auto const has = [&](char const* name) {
        return std::ranges::find(features, name) != features.end();
    };
    bool const total = has("mbm_total_bytes"), local = has("mbm_local_bytes");
    if (total || local) rdt.traffic.emplace();
    if (has("llc_occupancy")) rdt.occupancy.emplace();
    if (!rdt.traffic && !rdt.occupancy) return {};

    auto const data = TRY(sys::openat(monitor.number(), "mon_data", O_PATH | O_DIRECTORY));
    Lines caches;
    TRY(cgroup::each_name(data.number(), [&](std::string_view name, unsigned char) {
        if (name.starts_with("mon_L3_")) caches.emplace_back(name);
    }));
    std::ranges::sort(caches);
    for (auto const& cache : caches) {
        if (rdt.traffic) {
            auto& traffic = rdt.traffic->emplace_back();
            if (total) traffic.total_bytes = TRY(number(data, cache + "/mbm_total_bytes"));
            if (local) traffic.local_bytes = TRY(number(data, cache + "/mbm_local_bytes"));
        }
        if (rdt.occupancy) rdt.occupancy->push_back(TRY(number(data, cache + "/llc_occupancy")));
    }
    return {};
}

Sys<Fd> open_directory(std::string const& path) {
    return sys::openat(sys::cwd, path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

Sys<Stats::Rdt> read_all(Place const& place) {
    auto const group = TRY(open_directory(place.group));
    // The default group is resctrl itself; all others are directly below.
    bool const is_root = sys::faccessat2(group.number(), "info", F_OK, 0).has_value();
    auto const mount =
        TRY(open_directory(is_root ? place.group : place.group.substr(0, place.group.rfind('/'))));
    Stats::Rdt rdt;
    rdt.root_schemata = TRY(lines(mount, "schemata"));
    rdt.schemata = TRY(lines(group, "schemata"));
    TRY(read_limits(mount, rdt));
    auto const monitor = TRY(open_directory(place.monitor.empty() ? place.group : place.monitor));
    TRY(read_monitor(mount, monitor, rdt));
    return rdt;
}

} // namespace

Result<std::optional<Stats::Rdt>> read(Place const& place) {
    auto rdt = read_all(place);
    if (rdt) return *std::move(rdt);
    if (rdt.error() == Errno{ENOENT} || rdt.error() == Errno{ENODEV}) return {};
    return fail_errno(rdt.error(), "read the resctrl group ", quoted(place.group));
}

} // namespace davit::rdt
