// SPDX-License-Identifier: Apache-2.0
// parts/process/process.h - ids, limits, environment, working directory, program of the process.
//
// Runs in: both. config.md#process.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::process {

/// The number of open files that init itself needs.
inline constexpr std::uint64_t fds_of_init = 64;

struct Limit {
    std::uint32_t resource = 0; ///< RLIMIT_*
    std::uint32_t late = 0;     ///< 1: too low for init: set at the very end
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// init's part.
struct InitPlan {
    plan::List<std::uint64_t> argv; ///< Builder::pointers(): zero-terminated
    plan::List<std::uint64_t> envp; ///< the same, with a spare slot for HOME
    plan::Text path;                ///< the PATH that `argv[0]` is looked up in
    plan::Text cwd;
    std::uint32_t find_home = 0; ///< 1: environment has no HOME: init asks the container's passwd
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t umask = 0;
    plan::List<std::uint32_t> groups;
    plan::List<Limit> limits;
    std::uint16_t no_new_privileges = 0;
    std::uint16_t keep_groups = 0;   ///< 1: keeps the caller's, for lack of the right to leave them
    std::uint32_t stdio_owner = 0;   ///< 1: pipes and terminals of the caller are given to the user
    std::uint32_t preserve_fds = 0;  ///< 3 to 3+N-1 stay open
    std::uint32_t late_limits = 0;   ///< 1: some of `limits` are late
    plan::Text keyring;              ///< name of a new session keyring; absent: keep the caller's
    std::int32_t keyring_serial = 0; ///< for exec: of the keyring that create made
};

Sys<> make_cwd(init::Init& init);
/// Joins a new session keyring; for exec the container's, if it can be found.
Sys<> join_keyring(init::Init& init);
Sys<> set_limits(init::Init& init);
Sys<> lower_limits(init::Init& init);
Sys<> own_stdio(init::Init& init);
Sys<> become_user(init::Init& init);
Sys<> enter_cwd(init::Init& init);
Sys<> find_home(init::Init& init);
Sys<> find_program(init::Init& init);
Sys<> forbid_new_privileges(init::Init& init);
/// Marks the caller's fds CLOEXEC, but for the preserved ones; resets the signals that it ignores.
Sys<> forget_caller(init::Init& init);
/// The last messages before execute(): tells the starter; unblocks all signals.
Sys<> announce(init::Init& init);
/// For execve(2), with HOME: call it after find_home().
char const** environment(init::Init& init);
Sys<> execute(init::Init& init);
/// After execute() failed: sends what is wrong with the program's file, if init can see it, as
/// Flawed.
void tell_flaw(init::Init& init, Errno failure);
/// Whether `path` is a file that init may execute.
Sys<> check_executable(char const* path);

} // namespace davit::process
