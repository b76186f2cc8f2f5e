// SPDX-License-Identifier: Apache-2.0
// state/identity.cc - telling a process from a later one with the same pid. Runs in: parent.
// Kernel interface: pidfd_open(2), pidfs (Linux 6.9), proc(5) stat field 22.
#include "safe/process_stat.h"
#include "state/record.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::state {

namespace {

constexpr long pidfs_magic = 0x50494446; // linux/magic.h, since 6.9

/// The inode number, or 0 on a kernel where all pidfds share one.
Result<std::uint64_t> pidfd_inode(PidFd const& process) {
    auto const fs = TRY(context(sys::fstatfs(process.number()), "look at a pidfd"));
    if (fs.f_type != pidfs_magic) return 0;
    return TRY(context(sys::fstat(process.number()), "look at a pidfd")).st_ino;
}

/// /proc has no such file, or the process has ended since. Any other error: davit couldn't look.
bool says_gone(Error const& error) { return error.errnum == ENOENT || error.errnum == ESRCH; }

} // namespace

Result<Identity> identify(int pid, PidFd const& process) {
    Identity identity{pid, TRY(pidfd_inode(process)), 0};
    if (!identity.inode) identity.start_time = TRY(safe::process_stat(pid)).start_time;
    return identity;
}

bool has_exited(PidFd const& process) {
    pollfd watched{process.number(), POLLIN, 0};
    timespec const now{};
    auto const ready = sys::ppoll(&watched, 1, &now);
    return ready && *ready > 0;
}

bool is_exiting(int pid) {
    auto const stat = safe::process_stat(pid);
    return stat ? stat->is_exiting() : says_gone(stat.error());
}

Result<PidFd> open_process(Identity const& identity) {
    if (identity.pid <= 0) return PidFd();
    auto process = sys::pidfd_open(identity.pid);
    if (!process) {
        // EINVAL: by now the number is that of a thread of another process.
        if (process.error() == Errno{ESRCH} || process.error() == Errno{EINVAL}) return PidFd();
        return fail_errno(process.error(), "open process ", identity.pid);
    }
    if (has_exited(*process)) return PidFd();
    if (identity.inode ? TRY(pidfd_inode(*process)) != identity.inode : false) return PidFd();
    if (!identity.inode) {
        auto const stat = safe::process_stat(identity.pid);
        if (!stat && !says_gone(stat.error())) return std::unexpected(stat.error());
        if (!stat || stat->start_time != identity.start_time) return PidFd();
    }
    return std::move(*process);
}

} // namespace davit::state
