// SPDX-License-Identifier: Apache-2.0
// state/record.h - what is kept on disk of a container, as JSON. Runs in: parent.
#pragma once

#include <linux/sched.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/fd.h"
#include "davit/spec.h"
#include "parts/cgroup/cgroup.h"
#include "parts/rdt/rdt.h"
#include "parts/rootfs/host.h"

namespace davit::state {

/// Who a process is: a number alone may belong to another by now.
struct Identity {
    std::int32_t pid = 0;    ///< 0: not started yet
    std::uint64_t inode = 0; ///< of its pidfd, unique until reboot (pidfs, Linux 6.9); 0 before
    std::uint64_t start_time = 0; ///< /proc/PID/stat's, in clock ticks; where there is no inode
    bool operator==(Identity const&) const = default;
};

struct Record {
    std::uint32_t format = 1; ///< of this record
    std::string oci_version;
    std::string id;
    std::string bundle;  ///< absolute
    std::string rootfs;  ///< absolute
    std::string created; ///< RFC 3339
    spec::TextMap annotations;
    bool complete = false;            ///< create has come to its end
    bool has_process = true;          ///< there is something to start
    std::uint64_t new_namespaces = 0; ///< CLONE_NEW* of those that create has made
    bool host_mounts = false;         ///< its root is a chroot among the host's mounts
    std::int32_t keyring = 0;         ///< serial number of its session keyring; 0: it has none
    /// Those of start and delete; empty until the first create hook runs, or create has come to its
    /// end: from then on the poststop hooks are owed.
    spec::Hooks hooks;
    Identity init;
    std::vector<cgroup::Place> groups; ///< empty: the container has none of its own
    std::optional<systemd::Unit> unit; ///< systemd's, which has made `groups`
    std::uint64_t device_rules = 0;    ///< cgroup::fingerprint(); 0: not known
    std::optional<rdt::Place> rdt;
    std::optional<rootfs::Cover> cover; ///< the container's mounts are the host's, all below it
    std::string seccomp_agent;          ///< the socket that gets a listener; empty: nobody
    std::string seccomp_metadata;

    /// When init ends, all others in it do.
    [[nodiscard]] bool own_pid_namespace() const { return (new_namespaces & CLONE_NEWPID) != 0; }
};

std::string to_json(Record const& record);
Result<Record> from_json(std::string_view json, std::string_view file);

/// The identity of a process that can't have been reaped: a child, or one held by a pidfd.
Result<Identity> identify(int pid, PidFd const& process);

/// The process, if it still is that one and has not exited; else an empty fd.
Result<PidFd> open_process(Identity const& identity);

/// Whether the process has exited, reaped or not.
bool has_exited(PidFd const& process);
/// What is left of a record when only `delete --force` shall understand it, and the annotation of
/// the kept config in which it is.
Record reduced(Record const& record);
inline constexpr char kept_record[] = "davit.record";
/// Whether process `pid` is on its way out, or gone: earlier than its pidfd says so.
bool is_exiting(int pid);

} // namespace davit::state
