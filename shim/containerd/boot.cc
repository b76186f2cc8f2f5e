// SPDX-License-Identifier: Apache-2.0
// shim/containerd/boot.cc - "start": gives a container its shim, a new one or that of its pod.
//
// Runs in: shim, the short-lived process of which containerd reads stdout and stderr as the answer.
#include "containerd/boot.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "containerd/address.h"
#include "containerd/bootstrap.h"
#include "containerd/bundle.h"
#include "containerd/options.h"
#include "containerd/surroundings.h"
#include "core/launch.h"
#include "davit/config.h"
#include "safe/whole_file.h"

namespace davit::shim::containerd {

namespace {

constexpr std::size_t longest_input = 10 << 20; // as the reference shim's

/// Who shares a shim: a pod's containers name their group; those of Kubernetes use the second
/// annotation.
std::string group_of(Flags const& flags, std::string const& bundle) {
    // Create refuses a wrong config.json, in the words that engines know.
    auto const config = read_config((bundle + "/config.json").c_str());
    for (auto const name : {"io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"})
        if (config)
            if (auto const row = config->annotations.find(name);
                row != config->annotations.end() && !row->second.empty())
                return row->second;
    return flags.id;
}

std::vector<std::string> server_words(Flags const& flags) {
    std::vector<std::string> words{"containerd-shim-davit-v2",
                                   "-namespace",
                                   flags.name_space,
                                   "-id",
                                   flags.id,
                                   "-address",
                                   flags.address};
    if (flags.debug) words.emplace_back("-debug");
    return words;
}

/// Our environment, with the address for containerd's events if containerd gave another one.
std::vector<std::string> server_environment(StartInput const& input) {
    constexpr std::string_view name = "TTRPC_ADDRESS=";
    std::vector<std::string> strings;
    for (auto* const* variable = environ; *variable != nullptr; ++variable)
        if (input.ttrpc_address.empty() || !std::string_view(*variable).starts_with(name))
            strings.emplace_back(*variable);
    if (!input.ttrpc_address.empty()) strings.push_back(std::string(name) + input.ttrpc_address);
    return strings;
}

/// Executes this program again, with the socket: a fresh image has nothing of what this one has
/// read. The server doesn't get our stdout: containerd waits for the end of that.
Result<pid_t> spawn_server(Flags const& flags, StartInput const& input, int socket) {
    Fd const in(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
        out(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!in || !out) return fail_errno(Errno{errno}, "open /dev/null");
    static_assert(inherited_socket == STDERR_FILENO + 1);
    Launch const what{.role = "the server",
                      .program = "/proc/self/exe",
                      .words = server_words(flags),
                      .environment = server_environment(input),
                      .first = STDIN_FILENO,
                      .fds = {in.number(), out.number(), out.number(), socket}};
    try {
        boost::asio::io_context unused; // Boost.Process wants a loop
        return launch(unused, what);
    } catch (boost::system::system_error const& thrown) { // the loop's own fds
        return fail_errno(Errno{thrown.code().value()}, "start the server");
    }
}

Result<> settle(pid_t server, Options const& options) {
    if (!options.runc.shim_cgroup.empty())
        if (auto entered = enter_cgroup(server, options.runc.shim_cgroup); !entered) return entered;
    return set_oom_score(server);
}

/// `server` is set once there is one, even if this fails.
Result<> start_server(Flags const& flags, StartInput const& input, Options const& options,
                      int socket, pid_t& server) {
    if (char const* const wanted = std::getenv("SCHED_CORE"); wanted != nullptr && *wanted != 0)
        if (auto apart = schedule_cores_apart(); !apart) return apart;
    server = TRY(spawn_server(flags, input, socket));
    return settle(server, options);
}

Result<> print(std::string const& answer) {
    return context(safe::write_all(STDOUT_FILENO, answer), "write the answer to standard output");
}

} // namespace

Result<> start(Flags const& flags) {
    auto const bytes = TRY(safe::read_all(STDIN_FILENO, longest_input, "standard input"));
    auto const input = TRY(read_input(bytes, flags, std::getenv("MAX_SHIM_VERSION")));
    auto const options = TRY(read_options(input.options));
    auto const bundle = TRY(bundle_of(flags));

    auto const path = socket_path(input.socket_directory, flags.address, flags.name_space,
                                  group_of(flags, bundle));
    auto socket = TRY(listen_at(path));
    // containerd up to 1.7 finds its shims by this file after a restart, and so does "delete".
    auto done = safe::replace_file(bundle + "/address", "unix://" + path, 0600);
    pid_t server = 0;
    if (done && socket) done = start_server(flags, input, options, socket.number(), server);
    if (done) done = print(answer(input.dialect, path));
    if (done) return {};
    if (server > 0) ::kill(server, SIGKILL); // our child, not reaped: the pid is still its own
    if (socket) (void)::unlink(path.c_str());
    return done;
}

} // namespace davit::shim::containerd
