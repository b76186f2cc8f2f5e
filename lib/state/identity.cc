// SPDX-License-Identifier: Apache-2.0
// state/identity.cc - telling a process from its successor under the same pid. Runs in: parent.
// Kernel interface: pidfd_open(2), pidfs (Linux 6.9), proc(5) stat field 22.
#include "base/text.h"
#include "safe/host_procfs.h"
#include "state/record.h"
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

/// Calls `take` with the fields of /proc/PID/stat from the 3rd on; the 2nd, the name in
/// parentheses, may hold anything.
template <class Take>
auto with_stat(int pid, Take take) -> decltype(take(std::vector<std::string_view>())) {
    auto const proc = TRY(safe::open_procfs());
    auto const file =
        TRY(context(proc.open_file(pid, "stat", O_RDONLY), "open \"/proc/", pid, "/stat\""));
    char buffer[1024];
    auto const size = TRY(
        context(sys::read(file.number(), buffer, sizeof buffer), "read \"/proc/", pid, "/stat\""));
    std::string_view line(buffer, size);
    line.remove_prefix(std::min(line.rfind(')') + 2, line.size()));
    return take(split(line, ' '));
}

/// The 22nd field.
Result<std::uint64_t> start_time(int pid) {
    return with_stat(pid, [&](auto const& fields) -> Result<std::uint64_t> {
        constexpr std::size_t index = 22 - 3;
        auto const time =
            fields.size() > index ? parse<std::uint64_t>(fields[index]) : std::nullopt;
        if (!time)
            return fail(Kind::system, "\"/proc/", pid, "/stat\": expected 22 fields or more");
        return *time;
    });
}

/// No such file in /proc, or that of a process which went since; not: we couldn't look.
bool says_gone(Error const& error) { return error.errnum == ENOENT || error.errnum == ESRCH; }

} // namespace

Result<Identity> identify(int pid, PidFd const& process) {
    Identity identity{pid, TRY(pidfd_inode(process)), 0};
    if (!identity.inode) identity.start_time = TRY(start_time(pid));
    return identity;
}

bool has_exited(PidFd const& process) {
    pollfd watched{process.number(), POLLIN, 0};
    timespec const now{};
    auto const ready = sys::ppoll(&watched, 1, &now);
    return ready && *ready > 0;
}

bool is_exiting(int pid) {
    auto const exiting_now = with_stat(pid, [](auto const& fields) -> Result<bool> {
        constexpr std::size_t index = 9 - 3;
        constexpr std::uint64_t exiting = 4; // the kernel's PF_EXITING
        auto const flags =
            fields.size() > index ? parse<std::uint64_t>(fields[index]) : std::nullopt;
        return !flags || (*flags & exiting) != 0;
    });
    return exiting_now ? *exiting_now : says_gone(exiting_now.error());
}

Result<PidFd> open_process(Identity const& identity) {
    if (identity.pid <= 0) return PidFd();
    auto process = sys::pidfd_open(identity.pid);
    if (!process) {
        // EINVAL: the number belongs to a thread of another process by now.
        if (process.error() == Errno{ESRCH} || process.error() == Errno{EINVAL}) return PidFd();
        return fail_errno(process.error(), "open process ", identity.pid);
    }
    if (has_exited(*process)) return PidFd();
    if (identity.inode ? TRY(pidfd_inode(*process)) != identity.inode : false) return PidFd();
    if (!identity.inode) {
        auto const time = start_time(identity.pid);
        if (!time && !says_gone(time.error())) return std::unexpected(time.error());
        if (!time || *time != identity.start_time) return PidFd();
    }
    return std::move(*process);
}

} // namespace davit::state
