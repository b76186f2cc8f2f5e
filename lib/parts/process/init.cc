// SPDX-License-Identifier: Apache-2.0
// parts/process/init.cc - becoming the user's process. Runs in: init.
// Kernel interface: credentials(7), setrlimit(2), keyctl(2), execve(2).
#include "parts/process/process.h"

#include <limits.h>
#include <linux/keyctl.h>
#include <unistd.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::process {

namespace {
using launch::Detail;
} // namespace

Sys<> make_cwd(init::Init& init) {
    char const* const path = init.view().text(init.plan().process.cwd);
    auto const made = init.root.make_directories(path);
    // On a read-only file system and the like: enter_cwd reports it if it matters.
    if (!made && made.error() == Errno{ELOOP}) return std::unexpected(made.error());
    return {};
}

namespace {

Sys<unsigned long> join_session(char const* name) {
    return static_cast<unsigned long>(
        TRY(sys::keyctl(KEYCTL_JOIN_SESSION_KEYRING, reinterpret_cast<unsigned long>(name))));
}

/// Reads the number at `text`, and moves `text` behind it and its ';'.
unsigned next_number(char const*& text, unsigned base) {
    unsigned number = 0;
    for (; *text && *text != ';'; ++text)
        number =
            number * base + static_cast<unsigned>(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    text += *text == ';';
    return number;
}

/// A keyring's name isn't bound to a container: the joined one may be an older one. Only a keyring
/// that others may search can be found by name, and a new one isn't such; but its owner, if that is
/// another user, may have taken the right back by now. Its description tells:
/// "keyring;UID;GID;PERMISSIONS;NAME".
Sys<bool> is_strangers(unsigned long keyring) {
    constexpr unsigned search = 0x00080808; // of the user, the group, all others
    constexpr char type[] = "keyring;";
    char text[512] = {};
    auto const size = TRY(sys::keyctl(KEYCTL_DESCRIBE, keyring,
                                      reinterpret_cast<unsigned long>(text), sizeof text - 1));
    // If the description is too long, the kernel writes nothing at all.
    if (static_cast<std::size_t>(size) > sizeof text - 1
        || std::memcmp(text, type, sizeof type - 1) != 0)
        return true;
    char const* at = text + sizeof type - 1;
    auto const owner = next_number(at, 10);
    (void)next_number(at, 10);
    return (next_number(at, 16) & search) != 0 || (owner != 0 && owner != sys::geteuid());
}

} // namespace

Sys<> join_keyring(init::Init& init) {
    auto joined = join_session(init.view().text(init.plan().process.keyring));
    if (!joined && joined.error() == Errno{ENOSYS}) return {}; // a kernel without keys
    auto keyring = TRY(std::move(joined));
    if (auto const wanted = init.plan().process.keyring_serial; wanted != 0) {
        // A keyring of that name is the container's only if create has made it.
        if (keyring != static_cast<unsigned long>(wanted)) TRY(join_session(nullptr));
        return {};
    }
    // Another container's or user's, of that name: takes a keyring without a name, so that keys
    // stay apart.
    if (TRY(is_strangers(keyring))) keyring = TRY(join_session(nullptr));
    // The rights of join (possessor all; user view, read, link), and search for the user: processes
    // of exec find it by its name.
    constexpr unsigned long permissions = 0x3f1b0000;
    TRY(sys::keyctl(KEYCTL_SETPERM, keyring, permissions));
    init.keyring = static_cast<std::int32_t>(keyring);
    return {};
}

Sys<> set_limits(init::Init& init) {
    auto const least = init.plan().process.preserve_fds + fds_of_init;
    for (auto const& limit : init.view().list(init.plan().process.limits)) {
        // Until lower_limits(): as many as it may get, but only if that is enough for init.
        auto const soft = limit.late ? limit.hard : limit.soft;
        if (!limit.late || limit.hard >= least)
            TRY(sys::setrlimit(0, static_cast<int>(limit.resource), {soft, limit.hard}));
        ++init.item;
    }
    return {};
}

Sys<> lower_limits(init::Init& init) {
    for (auto const& limit : init.view().list(init.plan().process.limits)) {
        if (limit.late)
            TRY(sys::setrlimit(0, static_cast<int>(limit.resource), {limit.soft, limit.hard}));
        ++init.item;
    }
    return {};
}

Sys<> own_stdio(init::Init& init) {
    auto const uid = init.plan().process.uid;
    bool const has_terminal = init.plan().terminal.wanted != 0;
    for (int fd = 0; fd < 3; ++fd) {
        auto const st = sys::fstat(fd);
        if (!st || st->st_uid == uid) continue;
        // Pipes, and the container's own terminal, were made for the container. Files, the caller's
        // terminal and the host's device nodes (/dev/null first of all) must keep their owner.
        bool const is_its =
            has_terminal ? S_ISCHR(st->st_mode) : S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
        if (!is_its) continue;
        auto const given = sys::fchownat(fd, "", uid, static_cast<unsigned>(-1), AT_EMPTY_PATH);
        // Without the right to, or on file systems without owners, the process can do without.
        if (!given && given.error() != Errno{EPERM} && given.error() != Errno{EROFS}
            && given.error() != Errno{EINVAL} && given.error() != Errno{ENOSYS})
            return given;
    }
    return {};
}

namespace {

/// If a user namespace denies setgroups(2), its root keeps its groups. They must come from a caller
/// that couldn't have left them either: never from the host's root.
Sys<> set_groups(std::span<std::uint32_t const> groups, bool may_keep) {
    auto const set = sys::setgroups(groups.size(), groups.data());
    bool const kept = !set && set.error() == Errno{EPERM} && groups.empty() && may_keep;
    return kept ? Sys<>{} : set;
}

} // namespace

Sys<> become_user(init::Init& init) {
    auto const& process = init.plan().process;
    init.doing(Detail::groups);
    TRY(set_groups(init.view().list(process.groups), process.keep_groups != 0));
    init.doing(Detail::group);
    TRY(sys::setresgid(process.gid));
    init.doing(Detail::user);
    TRY(sys::setresuid(process.uid));
    init::forbid_tracing();
    sys::umask(process.umask);
    return {};
}

Sys<> enter_cwd(init::Init& init) {
    char const* const path = init.view().text(init.plan().process.cwd);
    auto const directory =
        TRY(sys::openat2<PathFd>(sys::cwd, path, O_PATH | O_DIRECTORY, RESOLVE_NO_MAGICLINKS));
    TRY(sys::fchdir(directory.number()));
    // The last proof that it is the container's (CVE-2024-21626): the kernel names it from the
    // container's root.
    char where[PATH_MAX];
    TRY(sys::getcwd(where, sizeof where));
    if (where[0] != '/') {
        init.doing(Detail::outside);
        return std::unexpected(Errno{ENOENT});
    }
    return {};
}

Sys<> forbid_new_privileges(init::Init&) {
    TRY(sys::prctl(PR_SET_NO_NEW_PRIVS, 1));
    return {};
}

Sys<> forget_caller(init::Init& init) {
    // All fds of davit are CLOEXEC already; this is for fds that the caller passed on.
    TRY(sys::close_range(3 + init.plan().process.preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC));
    // execve(2) resets handlers, but signals that the caller ignores (SIGPIPE, under nohup SIGHUP)
    // would stay ignored.
    for (int signal = 1; signal <= 64; ++signal) (void)sys::reset_signal(signal);
    return {};
}

Sys<> announce(init::Init& init) {
    // If the starter was killed after its Go, the container starts nevertheless.
    (void)init.parent.send(launch::Executing{});
    std::uint64_t const none = 0;
    return sys::sigprocmask(SIG_SETMASK, &none, nullptr);
}

char const** environment(init::Init& init) {
    if (init.environment) return init.environment;
    auto const envp = init.plan().process.envp;
    init.environment = init.pointers(envp);
    init.environment[envp.count - 2] = init.home; // Builder::pointers() left room
    return init.environment;
}

Sys<> execute(init::Init& init) {
    auto const& process = init.plan().process;
    auto const* const argv = init.pointers(process.argv);
    auto const failure = sys::execve(init.program, argv, environment(init));
    for (std::size_t i = 0; i < sizeof init.words - 1 && init.program[i]; ++i)
        init.words[i] = init.program[i];
    return std::unexpected(failure);
}

} // namespace davit::process
