// SPDX-License-Identifier: Apache-2.0
// tools/creation.cc - what `create` and `run` have in common.
#include "creation.h"

#include "base/result.h"
#include "davit/contract.h"
#include "listen.h"
#include "notify.h"
#include "option_values.h"
#include "tracing.h"

namespace davit::cli {

CreationOptions creation;

constinit std::array<Option const, 8> const creation_options = {{
    {"bundle", 'b', "DIR", "the directory of config.json (default: the current one)",
     &creation.bundle},
    {"console-socket", 0, "PATH", "send the container's terminal to this unix socket",
     &creation.receivers.console_socket},
    {"pidfd-socket", 0, "PATH", "send a pidfd of the container's process to this unix socket",
     &creation.receivers.pidfd_socket},
    {"pid-file", 0, "FILE", "write the pid of the container's process to FILE",
     &creation.receivers.pid_file},
    {"no-pivot", 0, "", "move the root mount instead of pivot_root (rootfs on a ramdisk)",
     &creation.no_pivot},
    {"no-new-keyring", 0, "", "keep the caller's session keyring", &creation.no_new_keyring},
    {"preserve-fds", 0, "N", "hand N more file descriptors, from 3 on, to the container",
     &creation.preserve_fds},
    {"trace", 0, "FILE", trace_help, &creation.trace},
}};

CgroupDriver cgroup_driver(Globals const& globals) {
    if (globals.systemd_cgroup || globals.cgroup_manager == "systemd") return CgroupDriver::systemd;
    return globals.cgroup_manager == "disabled" ? CgroupDriver::none : CgroupDriver::fs;
}

Result<Created> create_container(Call const& call, Runtime& runtime, StdioPipes* pipes,
                                 Trace* trace, Once const& config_read) {
    auto const listening = TRY(listen_fds());
    auto const fds = 0UL + listening.count + creation.preserve_fds;
    TRY(check_preserved_fds(fds));
    auto const handover = TRY(Handover::connect(creation.receivers));

    CreateOptions options;
    if (!creation.bundle.empty()) options.bundle = creation.bundle;
    options.cgroup_driver = cgroup_driver(call.globals);
    options.rootless = read_truth(call.globals.rootless);
    options.no_pivot = creation.no_pivot;
    options.no_new_keyring = creation.no_new_keyring;
    options.preserve_fds = static_cast<unsigned>(fds);
    options.environment = listening.environment;
    options.notify = notification_wanted();
    options.trace = trace;
    options.check = [&](spec::Config const& config) {
        bool const terminal = config.process && config.process->terminal;
        auto const attachment = pipes ? Attachment::attached : Attachment::detached;
        if (auto fits = check_terminal(terminal, creation.receivers, attachment); !fits)
            return fits;
        if (pipes && !terminal) {
            if (auto opened = pipes->open(); !opened) return opened;
            pipes->give(options.stdio);
        }
        return config_read ? config_read() : Result<>();
    };
    auto created = runtime.create(call.words[0], options);
    if (!created) return std::unexpected(about_root(std::move(created).error(), call.globals));
    if (pipes) pipes->keep_ours();
    for (auto const& warning : created->warnings) call.log.write(Level::warning, warning);
    for (auto const& warning : created->unfiltered) call.log.note(Level::warning, warning);
    auto const given =
        handover.give(created->pid, created->process, created->console, contract::pidfd_of_init);
    if (!given) {
        take_back(created->container, call.log);
        return std::unexpected(given.error());
    }
    return created;
}

void take_back(Container& container, Log const& log) {
    auto const removed = container.remove(Removal::force);
    if (removed)
        for (auto const& warning : *removed) log.write(Level::warning, warning);
    else if (removed.error().kind != Kind::not_found) // start() has removed it if a hook failed
        log.write(Level::warning, "remove container " + quoted(container.id())
                                      + " again: " + removed.error().story);
}

} // namespace davit::cli
