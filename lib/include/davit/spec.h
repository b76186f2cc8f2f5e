// SPDX-License-Identifier: Apache-2.0
// davit/spec.h - the OCI runtime specification 1.3 as plain structs: config.json, state, features.
//
// Members are named as in the specification, in snake_case. Absent: std::nullopt where absence
// differs from zero, else the zero value, which is not written either. A word that C++ reserves
// has a trailing underscore. In brackets: the anchor in config.md or config-linux.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/spec/features.h"
#include "davit/spec/linux.h"
#include "davit/spec/process.h"
#include "davit/spec/text.h"

/// The specification's vocabulary. Enumerators have the kernel's numbers where a comment says so;
/// their names as text are in spec/names.h. Rules that span members: validate() in davit/config.h.
namespace davit::spec {

/// [configRoot]
struct Root {
    std::string path; ///< absolute, or relative to the bundle
    bool readonly = false;
    bool operator==(Root const&) const = default;
};

/// [configMounts]
struct Mount {
    std::string destination; ///< a relative one starts at the container's "/"
    std::string type;
    std::string source; ///< of a bind mount: absolute, or relative to the bundle
    Texts options;
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
    bool operator==(Mount const&) const = default;
};

/// [configHooks]
struct Hook {
    std::string path;
    Texts args; ///< argv, whose first element is the program's own name
    Texts env;
    std::optional<std::int64_t> timeout; ///< seconds, at least 1; absent: for ever
    bool operator==(Hook const&) const = default;
};

/// In the order in which they run. [configHooks]
struct Hooks {
    std::vector<Hook> prestart; ///< deprecated
    std::vector<Hook> create_runtime;
    std::vector<Hook> create_container;
    std::vector<Hook> start_container;
    std::vector<Hook> poststart;
    std::vector<Hook> poststop;
    bool operator==(Hooks const&) const = default;
};

/// config.json. Other platforms' sections are skipped. [configuration]
struct Config {
    std::string oci_version;
    std::optional<Process> process; ///< absent: there is nothing to start
    Root root;
    std::string hostname;
    std::string domainname;
    std::vector<Mount> mounts;
    Hooks hooks;
    TextMap annotations;
    Linux linux;
    bool operator==(Config const&) const = default;
};

/// `paused` is an addition, as in other runtimes.
enum class Status : std::uint32_t { creating, created, running, paused, stopped };

/// runtime.md#state, and what runc adds to it: rootfs, created, owner.
struct State {
    std::string oci_version;
    std::string id;
    std::int32_t pid = 0; ///< of the container's process, in the runtime's namespace; 0: none
    Status status = Status::creating;
    std::string bundle;  ///< absolute
    std::string rootfs;  ///< absolute
    std::string created; ///< RFC 3339, UTC, nanoseconds
    TextMap annotations;
    std::string owner; ///< a user's name; Container::state() leaves it empty: it asks no passwd(5)
    bool operator==(State const&) const = default;
};

/// What a seccomp agent receives beside the notification fd. [containerprocessstate]
struct ProcessState {
    std::string oci_version;
    Texts fds; ///< names of the fds in the message, "seccompFd"
    std::int32_t pid = 0;
    std::string metadata;
    State state;
    bool operator==(ProcessState const&) const = default;
};

} // namespace davit::spec
