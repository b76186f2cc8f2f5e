// SPDX-License-Identifier: Apache-2.0
// test/host/suite.h - what all tests of one run of the suite share: places, names, skips.
#pragma once

#include <string>
#include <vector>

namespace host {

using Words = std::vector<std::string>;

/// How the cgroup file systems are mounted where the suite runs.
enum class Cgroups { v1, hybrid, unified, none };

struct Suite {
    std::string name;       ///< in the last line
    std::string runtime;    ///< the program under test: $DAVIT, or the one that was built
    std::string inside;     ///< the static test program
    std::string fault;      ///< the program that makes system calls fail
    std::string temp;       ///< all files of the tests are below it; a tmpfs of the suite's own
    std::string disk;       ///< --disk: the directory that holds `temp` instead; else empty
    std::string state_root; ///< --root
    std::string prefix;     ///< of ids and cgroups: "davit-test-PID"
    std::string source;     ///< the repository
    bool is_davit = true;   ///< not a stand-in
    bool all = false;       ///< --all: no sampling
    int patience = 1;       ///< --patience: a factor for every time limit of a test
    int budget = 0;         ///< --budget: seconds, after which no test begins; 0: no end
    bool systemd = false;   ///< --systemd: its driver makes the cgroups in all tests that allow it
    Cgroups cgroups = Cgroups::none;
};

Suite& suite();

/// An id that no other test uses, "davit-test-PID-N"; good for a cgroup's name too.
std::string unique_name();

/// `if (skip_unless(condition, "why not here")) return;` The skip is counted and reported.
bool skip_unless(bool can_run, std::string const& reason);

/// This version of Linux, or a newer one.
bool is_linux(int major, int minor);

/// Since Linux 6.3. Without it, tests of idmapped mounts need --disk.
bool can_idmap_tmpfs();
/// The same for `suite().temp`, which holds the bundles.
bool can_idmap_temp();

/// Where a controller's groups are: "/sys/fs/cgroup/memory", or "/sys/fs/cgroup" when unified has
/// it; empty where there is no such controller.
std::string controller(std::string const& name);

/// The directory of `path` ("/davit-test-…") in the hierarchy of a controller, or in cgroup2's
/// for the name "".
std::string cgroup_directory(std::string const& name, std::string const& path);

std::string read_file(std::string const& path); ///< "" if there is none; no last newline
bool write_file(std::string const& path, std::string const& text);
bool exists(std::string const& path);
std::string errno_of(int error);

} // namespace host
