// SPDX-License-Identifier: Apache-2.0
// tools/update.cc - `davit update`.
#include <algorithm>
#include <iterator>
#include <optional>

#include "base/result.h"
#include "davit/config.h"
#include "safe/whole_file.h"
#include "verb.h"

namespace davit::cli {

namespace {

spec::Resources wanted;
spec::IntelRdt schemas;
std::string resources;
std::optional<std::uint64_t> weight;

constexpr Option update_options[] = {
    {"resources", 'r', "FILE", "read the limits from FILE, or from stdin for \"-\"", &resources},
    {"blkio-weight", 0, "WEIGHT", "share of block I/O, 10 to 1000", &weight},
    {"cpu-period", 0, "US", "microseconds, of which the quota is a part", &wanted.cpu.period},
    {"cpu-quota", 0, "US", "microseconds of CPU time in each period; -1: no limit",
     &wanted.cpu.quota},
    {"cpu-burst", 0, "US", "microseconds that may be saved up", &wanted.cpu.burst},
    {"cpu-share", 0, "SHARES", "share of the CPUs, 2 to 262144", &wanted.cpu.shares},
    {"cpu-rt-period", 0, "US", "the same as --cpu-period for real time; cgroup v1",
     &wanted.cpu.realtime_period},
    {"cpu-rt-runtime", 0, "US", "the same as --cpu-quota for real time; cgroup v1",
     &wanted.cpu.realtime_runtime},
    {"cpuset-cpus", 0, "LIST", "the CPUs to run on: 0-3,7", &wanted.cpu.cpus},
    {"cpuset-mems", 0, "LIST", "the memory nodes to use: 0,1", &wanted.cpu.mems},
    {"memory", 0, "SIZE", "memory; -1: no limit, neither for swap", Size{&wanted.memory.limit}},
    {"cpu-idle", 0, "0|1", "1: run only when no other process wants the CPU", &wanted.cpu.idle},
    {"memory-reservation", 0, "SIZE", "memory that is reclaimed last",
     Size{&wanted.memory.reservation}},
    {"memory-swap", 0, "SIZE", "memory plus swap; -1: no limit for swap",
     Size{&wanted.memory.swap}},
    {"pids-limit", 0, "N", "processes and threads; -1: no limit", &wanted.pids.limit},
    {"l3-cache-schema", 0, "LINES", "for resctrl: the part of the caches, L3:0=ff;1=f",
     &schemas.l3_cache_schema},
    {"mem-bw-schema", 0, "LINE", "for resctrl: memory bandwidth, MB:0=20;1=70",
     &schemas.mem_bw_schema},
    {"kernel-memory", 0, "SIZE", "", Ignored{}, true},
    {"kernel-memory-tcp", 0, "SIZE", "", Ignored{}, true},
};

/// The library names a place in config.json; the user typed an option.
struct Origin {
    std::string_view member;
    std::string_view option;
};
constexpr Origin origins[] = {
    {"/resources/blockIO/weight", "blkio-weight"},
    {"/resources/cpu/period", "cpu-period"},
    {"/resources/cpu/quota", "cpu-quota"},
    {"/resources/cpu/burst", "cpu-burst"},
    {"/resources/cpu/shares", "cpu-share"},
    {"/resources/cpu/realtimePeriod", "cpu-rt-period"},
    {"/resources/cpu/realtimeRuntime", "cpu-rt-runtime"},
    {"/resources/cpu/cpus", "cpuset-cpus"},
    {"/resources/cpu/mems", "cpuset-mems"},
    {"/resources/cpu/idle", "cpu-idle"},
    {"/resources/memory/limit", "memory"},
    {"/resources/memory/reservation", "memory-reservation"},
    {"/resources/memory/swap", "memory-swap"},
    {"/resources/pids/limit", "pids-limit"},
    {"/intelRdt/l3CacheSchema", "l3-cache-schema"},
    {"/intelRdt/memBwSchema", "mem-bw-schema"},
};

Error in_options(Error error) {
    constexpr std::string_view prefix = "update: ";
    if (!error.story.starts_with(prefix)) return error;
    auto const member =
        std::string_view(error.story).substr(0, error.story.find(": ", prefix.size()));
    auto const* const origin =
        std::ranges::find(origins, member.substr(prefix.size()), &Origin::member);
    bool const typed = origin != std::end(origins)
                       && (resources.empty() || origin->member.starts_with("/intelRdt/"));
    constexpr std::string_view top = "/resources";
    if (typed)
        error.story.replace(prefix.size(), origin->member.size(),
                            "--" + std::string(origin->option));
    else if (!resources.empty() && member.substr(prefix.size()).starts_with(top))
        error.story.replace(prefix.size(), top.size(), "--resources " + quoted(resources) + ": ");
    return error;
}

Result<int> run_update(Call const& call) {
    if (!resources.empty()) {
        auto const text = TRY(
            within(resources == "-" ? safe::read_all(STDIN_FILENO, safe::most_of_a_file, "stdin")
                                    : safe::read_input(resources),
                   "--resources"));
        std::vector<std::string> doubts;
        wanted = TRY(parse_resources(text, resources == "-" ? "stdin" : resources, &doubts));
        for (auto const& doubt : doubts) call.log.write(Level::warning, doubt);
    } else if (weight) {
        // A greater number goes on to the library, which refuses it.
        wanted.block_io.weight =
            static_cast<std::uint16_t>(std::min<std::uint64_t>(*weight, 0xffff));
    }
    auto container = TRY(find_container(call));
    if (auto updated = container.update(wanted, schemas); !updated)
        return std::unexpected(in_options(std::move(updated).error()));
    return 0;
}

} // namespace

extern Verb const update_verb;
constinit Verb const update_verb = {
    .name = "update",
    .synopsis = "ID",
    .help = "change a container's limits",
    .details = "What isn't said stays as it is. All of the change is made, or none: when the\n"
               "kernel refuses one of the values, those that it has taken are put back. SIZE is\n"
               "a number of bytes, or ends in k, m, g, t, p: 64m, 1.5GiB.\n"
               "\n"
               "FILE holds what is linux.resources in a config.json:\n"
               "\n"
               "  {\"memory\": {\"limit\": 67108864, \"checkBeforeUpdate\": true},\n"
               "   \"pids\": {\"limit\": 50}}\n"
               "\n"
               "With it the other options are ignored, but those for resctrl. It may have any\n"
               "member, unified included. Device rules in it are the whole list, and replace the\n"
               "container's at once.\n",
    .options = update_options,
    .shared_options = {},
    .run = run_update,
    .examples = "davit update --memory 512m --cpu-quota 50000 demo\n"
                "# as containerd does it:\n"
                "echo '{\"pids\": {\"limit\": 100}}' | davit update --resources - demo\n",
    .see_also = "create state",
};

} // namespace davit::cli
