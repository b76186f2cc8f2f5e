// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/knobs.h - which file of a cgroup carries which limit of config.json.
//
// Runs in: parent; pure. A table per cgroup version (v1_knobs.cc, v2_knobs.cc) and, for members
// that are lists or maps, a function per version. A new limit is a new row in each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/cgroup/cgroup.h"

namespace davit::cgroup {

/// The value that a row writes; nothing if config.json has none. An error's story lacks the
/// member's name: plan() adds it in front.
using Wanted = Result<std::optional<std::string>>;

struct Knob {
    char const* controller;
    char const* member; ///< below /linux/resources
    char const* file;
    Wanted (*wanted)(spec::Resources const&);
    When when = When::always;
};

/// A line to write in each group that has the controller.
struct Setting {
    std::string controller;
    std::string member; ///< a whole JSON pointer
    std::string file;
    std::string value;
    When when = When::always;
    std::optional<Error> wrong = {}; ///< instead of a value; an error only where the controller is
};

/// The version's rows. On every host the plan asks the rows of both versions: a limit that only the
/// other version knows must be refused, not forgotten.
std::span<Knob const> v1_knobs();
std::span<Knob const> v2_knobs();
void v1_lists(spec::Resources const& wanted, std::vector<Setting>& out);
void v2_lists(spec::Resources const& wanted, std::vector<Setting>& out);

/// The settings of all rows and lists of the version.
std::vector<Setting> v1_settings(spec::Resources const& wanted);
std::vector<Setting> v2_settings(spec::Resources const& wanted);

/// `wanted` as the caller's version of the specification meant it: before 1.3 a limit of 0
/// processes meant no limit (Podman 4 writes it so). "" is an old version.
spec::Resources meant_by(std::string_view oci_version, spec::Resources wanted);

/// Warns of settings without effect: a path of systemd's form without its driver, …
void doubt_path(spec::Linux const& linux, CgroupDriver driver, std::vector<std::string>& warnings);
/// … and of letters other than r, w and m in a device rule's access.
void doubt_devices(spec::Resources const& wanted, std::vector<std::string>& warnings);

/// Refuses what no Linux that davit runs on can do, or davit can't.
Result<> refuse_unsupported(spec::Resources const& wanted);

// ---- what both tables need ----------------------------------------------------------------------

/// "max", or on v1 "-1", for -1. Other negative numbers are an error.
Wanted limit(std::optional<std::int64_t> const& n, std::string_view unlimited);
/// The same for memory. 0 means that config.json says nothing, as in runc.
Wanted memory_limit(std::optional<std::int64_t> const& n, std::string_view unlimited);

/// Nothing, or the error of memory plus swap.
Result<> check_swap(spec::Memory const& memory);
/// -1 for the limit and nothing for swap: both limits go, as in runc.
bool frees_swap_too(spec::Memory const& memory);

inline Wanted if_true(bool condition, char const* value) {
    if (!condition) return std::nullopt;
    return value;
}

/// 0 means that config.json says nothing, as in runc.
template <class Number>
Wanted unless_zero(std::optional<Number> const& n) {
    if (!n || *n == 0) return std::nullopt;
    return text(*n);
}
template <class Number>
Wanted number(std::optional<Number> const& n) {
    if (!n) return std::nullopt;
    return text(*n);
}
inline Wanted words(std::string const& s) {
    if (s.empty()) return std::nullopt;
    return s;
}

/// The pointer below /linux/resources, of the index-th element and its member.
std::string element(std::string_view list, std::size_t index, std::string_view member);

/// v1's shares 2 … 262144 (default 1024) as v2's weight 1 … 10000 (default 100).
std::uint64_t weight_of_shares(std::uint64_t shares);

/// BFQ's and the specification's weight 10 … 1000 as io.weight's 1 … 10000.
std::uint64_t io_weight(std::uint16_t weight);

void hugetlb(spec::Resources const& wanted, std::string_view ending, std::vector<Setting>& out);
void rdma(spec::Resources const& wanted, std::vector<Setting>& out);

} // namespace davit::cgroup
