// SPDX-License-Identifier: Apache-2.0
// tools/host_facts.h - what `davit doctor` knows of this machine and its user.
#pragma once

#include <string>
#include <vector>

#include "davit/result.h"

namespace davit::cli {

enum class CgroupLayout { none, v1, hybrid, unified };
enum class IdTool { missing, unprivileged, usable };
enum class StateRoot { absent, good, others, unwritable };

struct EngineFacts {
    std::string name;
    bool installed = false;
    bool has_davit = false;
};

struct HostFacts {
    std::string left_out; ///< parts that davit was built without
    std::string kernel;
    std::vector<std::string> missing_calls; ///< system calls that davit needs
    unsigned uid = 0;
    std::string user;      ///< by name, or number
    bool admin = false;    ///< CAP_SYS_ADMIN
    bool resource = false; ///< CAP_SYS_RESOURCE
    bool own_user_namespace = false;
    std::vector<std::string> missing_namespaces;
    std::vector<std::string> limited_namespaces; ///< user.max_*_namespaces is 0
    bool userns_clone = true;                    ///< Debian's and Ubuntu's old switch
    bool apparmor_restricts = false;             ///< Ubuntu's new one
    CgroupLayout cgroups = CgroupLayout::none;
    bool cgroups_writable = false;
    std::vector<std::string> missing_controllers;
    std::vector<std::string> undelegated; ///< controllers that the user's own group lacks
    std::string lsms;                     ///< "capability,apparmor"; "": unknown
    bool seccomp = false, seccomp_log = false, seccomp_notify = false; ///< what the kernel has
    bool seccomp_profiles = false; ///< davit was built with libseccomp
    bool subuid = false, subgid = false;
    IdTool newuidmap = IdTool::missing, newgidmap = IdTool::missing;
    bool idmapped_mounts = false;
    bool overlay = false, fuse = false;
    bool systemd = false, bus = false;
    unsigned memfd_noexec = 0;
    std::string state_path;
    StateRoot state = StateRoot::absent;
    std::vector<EngineFacts> engines;
};

/// Looks, and changes nothing. `prefix` stands before all paths (of a test's directory).
[[nodiscard]] HostFacts look_at_host(std::string const& state_path, std::string const& prefix = "");

} // namespace davit::cli
