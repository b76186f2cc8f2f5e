// SPDX-License-Identifier: Apache-2.0
// state/record.h - what davit keeps on disk about a container, as JSON. Runs in: parent.
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

/// Identifies a process: after its end another process may get its pid.
struct Identity {
    std::int32_t pid = 0;    ///< 0: init has not been started
    std::uint64_t inode = 0; ///< of its pidfd, unique until reboot (pidfs, Linux 6.9); 0 before
    std::uint64_t start_time = 0; ///< from /proc/PID/stat, in clock ticks; used without an inode
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
    bool complete = false;            ///< create has finished
    bool has_process = true;          ///< false: start has no program
    std::uint64_t new_namespaces = 0; ///< CLONE_NEW* of the namespaces that create made
    bool host_mounts = false;         ///< its root is a chroot among the host's mounts
    std::int32_t keyring = 0;         ///< serial number of its session keyring; 0: it has none
    /// The hooks of start and delete. Empty until the first create hook runs, or create has
    /// finished: from then on delete must run the poststop hooks.
    spec::Hooks hooks;
    Identity init;
    std::vector<cgroup::Place> groups; ///< empty: the container has none of its own
    std::optional<systemd::Unit> unit; ///< the systemd unit that has made `groups`
    std::uint64_t device_rules = 0;    ///< cgroup::fingerprint(); 0: not known
    std::optional<rdt::Place> rdt;
    std::optional<rootfs::Cover> cover; ///< its mounts are the host's; all are below this one
    std::string seccomp_agent; ///< the socket of the agent that gets a listener; empty: no agent
    std::string seccomp_metadata;

    /// When init ends, the kernel kills all others in the namespace.
    [[nodiscard]] bool own_pid_namespace() const { return (new_namespaces & CLONE_NEWPID) != 0; }
};

std::string to_json(Record const& record);
Result<Record> from_json(std::string_view json, std::string_view file);

/// The identity of a process that can't have been reaped: a child of the caller, or one whose pidfd
/// it holds.
Result<Identity> identify(int pid, PidFd const& process);

/// The process, if it is still the same one and has not exited; else an empty fd.
Result<PidFd> open_process(Identity const& identity);

/// Whether the process has exited, reaped or not.
bool has_exited(PidFd const& process);
/// The part of a record that only `delete --force` must understand, and the annotation of the kept
/// config that holds it.
Record reduced(Record const& record);
inline constexpr char kept_record[] = "davit.record";
/// Whether process `pid` is exiting, or has ended: true earlier than its pidfd polls readable.
bool is_exiting(int pid);

} // namespace davit::state
