// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/stats.h - which file of a group holds which statistic, and how to read it.
//
// Runs in: parent, pure. Kernel interface: cgroup-v1/*.rst, cgroup-v2.rst, accounting/psi.rst.
// A new statistic is a member in davit/stats.h and a row in v1_stats.cc or v2_stats.cc.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "davit/stats.h"

namespace davit::cgroup {

using Number = Stats::Number;

/// The part of a file's content that can't be parsed. Nothing: all is well.
using Flaw = std::optional<std::string_view>;

/// A file, and the function that stores its content.
struct Statistic {
    std::string_view controller; ///< "": the file is in every group
    char const* file;
    Flaw (*take)(std::string_view content, Stats& stats);
    bool is_double = false; ///< v2: it repeats what v1 files say, if there are such
};

/// One line of a file with lines "key value".
struct Key {
    std::string_view name;
    Number& (*member)(Stats& stats);
    Number unit = 1; ///< the factor for the value
};

// ---- the tables ---------------------------------------------------------------------------------

std::span<Statistic const> v1_statistics();
std::span<Statistic const> v2_statistics();

/// Sets of v1 files with the same statistics, by I/O scheduler and kernel. The first set counts
/// whose first file exists and is not empty.
std::span<std::span<Statistic const> const> v1_io_statistics();

/// A file of one page size: "hugetlb.2MB" + `ending`, "hugetlb.2MB.rsvd" + `ending`.
struct HugetlbFile {
    std::string_view ending;
    Flaw (*take)(std::string_view content, Stats::Hugetlb::Use& use);
};
std::span<HugetlbFile const> hugetlb_files(bool v2); ///< the first of them always exists

// ---- contents -----------------------------------------------------------------------------------

/// "4096\n", "max\n". Some kernels' counters show a negative number for a moment: it counts as 0.
Flaw read_number(std::string_view content, Number& into);
/// Lines "key value"; of a repeated key the last line counts.
Flaw read_keys(std::string_view content, std::span<Key const> keys, Stats& stats);
/// The same for all keys.
Flaw read_all_keys(std::string_view content, std::map<std::string, Number>& into);
/// "1 2 3 \n"
Flaw read_numbers(std::string_view content, std::vector<Number>& into);
/// "0-3,7\n"
Flaw read_ranges(std::string_view content, std::vector<std::uint16_t>& into);
/// cpuacct.usage_all: "cpu user system", then a line of numbers for each CPU.
Flaw read_usage_all(std::string_view content, Stats::Cpu& cpu);
/// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", then "full …".
Flaw read_pressure(std::string_view content, Stats::Pressure& into);
/// v1: "8:0 Read 4096", "8:0 4096", "Total 4096".
Flaw read_io_entries(std::string_view content, Stats::Io::Entries& into);
/// v2: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …".
Flaw read_io_devices(std::string_view content, std::vector<Stats::Io::Device>& into);
/// "mlx4_0 hca_handle=2 hca_object=max"
Flaw read_rdma(std::string_view content, std::vector<Stats::Rdma>& into);

} // namespace davit::cgroup
