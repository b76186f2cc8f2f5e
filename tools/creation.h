// SPDX-License-Identifier: Apache-2.0
// tools/creation.h - what `create` and `run` have in common: their options, and the creation of a
// container that waits for start.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "davit/runtime.h"
#include "handover.h"
#include "stdio_pipes.h"
#include "verb.h"

namespace davit::cli {

struct CreationOptions {
    std::string bundle = ".";
    Receivers receivers;
    std::string trace;
    unsigned preserve_fds = 0;
    bool no_pivot = false;
    bool no_new_keyring = false;
};

/// For their documentation.
inline constexpr char creation_environment[] =
    "LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES: if LISTEN_FDS is set (and LISTEN_PID is absent, or\n"
    "names davit), the sockets from file descriptor 3 on go to the container's process,\n"
    "which finds LISTEN_FDS and LISTEN_PID=1 in its own environment; those of\n"
    "--preserve-fds come behind them.\n"
    "\n"
    "NOTIFY_SOCKET: the container's process gets a socket of its own in NOTIFY_SOCKET, below\n"
    "/run/notify. start, or run, passes on READY=1 that was sent to it (with MAINPID, so that\n"
    "systemd watches the container if davit doesn't stay), and nothing else.\n"
    "\n"
    "Nothing else of davit's environment reaches the container: its variables are those\n"
    "of config.json.\n";

extern CreationOptions creation;                           ///< filled by the command line
extern std::array<Option const, 8> const creation_options; ///< the rows that fill it

/// --systemd-cgroup, or crun's name for it and more: --cgroup-manager.
[[nodiscard]] CgroupDriver cgroup_driver(Globals const& globals);

/// Called once; its failure ends the whole creation.
using Once = std::function<Result<>()>;

/// Creates the container of call.words[0], sends its terminal away and writes the pid file. Leaves
/// nothing behind on failure. Calls `config_read` after config.json is read and before anything is
/// made. `pipes`: the container's stdio if davit stays with it and it has no terminal; null: it
/// gets ours.
[[nodiscard]] Result<Created> create_container(Call const& call, Runtime& runtime,
                                               StdioPipes* pipes, Trace* trace,
                                               Once const& config_read = {});

/// Removes a container after a later step has failed.
void take_back(Container& container, Log const& log);

} // namespace davit::cli
