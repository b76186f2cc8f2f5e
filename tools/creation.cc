// SPDX-License-Identifier: Apache-2.0
// tools/creation.cc - what `create` and `run` have in common.
#include "creation.h"

#include <fcntl.h>

#include <cerrno>

#include "console.h"
#include "contract.h"
#include "failure.h"
#include "output.h"
#include "tracing.h"

namespace davit::cli {

CreationOptions creation;

constinit std::array<Option const, 7> const creation_options = {{
    {"bundle", 'b', "DIR", "the directory of config.json (default: the current one)",
     &creation.bundle},
    {"console-socket", 0, "PATH", "send the container's terminal to this unix socket",
     &creation.console_socket},
    {"pid-file", 0, "FILE", "write the pid of the container's process to FILE", &creation.pid_file},
    {"no-pivot", 0, "", "move the root mount instead of pivot_root (rootfs on a ramdisk)",
     &creation.no_pivot},
    {"no-new-keyring", 0, "", "keep the caller's session keyring", &creation.no_new_keyring},
    {"preserve-fds", 0, "N", "hand the N file descriptors from 3 on to the container",
     &creation.preserve_fds},
    {"trace", 0, "FILE", trace_help, &creation.trace},
}};

namespace {

Result<> check_preserved_fds() {
    for (unsigned i = 0; i < creation.preserve_fds; ++i) {
        auto const fd = static_cast<int>(3 + i);
        int const flags = fd < 3 ? -1 : ::fcntl(fd, F_GETFD);
        // One that is closed on exec isn't the caller's, for it would not have come here: it is
        // our own log, and no container must get that.
        if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            return system_failure(
                std::string(contract::preserved_fd) + " " + std::to_string(3ULL + i), EBADF);
    }
    return {};
}

/// A terminal needs somebody who takes it, and who waits for one must get it.
Result<> check_terminal(spec::Config const& config, Attachment attachment) {
    bool const terminal = config.process && config.process->terminal;
    bool const socket = !creation.console_socket.empty();
    if (terminal && !socket && attachment == Attachment::detached)
        return failure(Kind::config, std::string(contract::tty_without_socket));
    if (socket && (!terminal || attachment == Attachment::attached))
        return failure(Kind::config, std::string(contract::socket_without_tty));
    return {};
}

Result<> hand_over(Created& created, Fd const& console_socket) {
    if (console_socket) {
        if (auto sent = send_console(console_socket, created.console); !sent) return sent;
        created.console.reset();
    }
    if (creation.pid_file.empty()) return {};
    return replace_file(creation.pid_file, std::to_string(created.pid));
}

} // namespace

Result<Created> create_container(Call const& call, Runtime& runtime, Attachment attachment,
                                 Trace* trace) {
    if (call.globals.systemd_cgroup)
        return failure(Kind::unsupported,
                       "--systemd-cgroup: this version of davit has no systemd cgroup driver yet; "
                       "configure the caller for cgroupfs");
    if (auto open = check_preserved_fds(); !open) return std::unexpected(open.error());

    Fd console_socket; // before anything is made: nobody may be listening
    if (!creation.console_socket.empty()) {
        auto connected = connect_console_socket(creation.console_socket);
        if (!connected) return std::unexpected(connected.error());
        console_socket = std::move(*connected);
    }

    CreateOptions options;
    if (!creation.bundle.empty()) options.bundle = creation.bundle;
    options.no_pivot = creation.no_pivot;
    options.no_new_keyring = creation.no_new_keyring;
    options.preserve_fds = creation.preserve_fds;
    options.trace = trace;
    options.check = [&](spec::Config const& config) { return check_terminal(config, attachment); };
    auto created = runtime.create(call.words[0], options);
    if (!created) return created;
    for (auto const& warning : created->warnings) call.log.write(Level::warning, warning);
    if (auto done = hand_over(*created, console_socket); !done) {
        take_back(created->container, call.log);
        return std::unexpected(done.error());
    }
    return created;
}

void take_back(Container& container, Log const& log) {
    auto const removed = container.remove(Removal::force);
    if (removed)
        for (auto const& warning : *removed) log.write(Level::warning, warning);
    else if (removed.error().kind != Kind::not_found) // start() does it where a hook has failed
        log.write(Level::warning, "remove container " + quoted(container.id())
                                      + " again: " + removed.error().story);
}

} // namespace davit::cli
