// SPDX-License-Identifier: Apache-2.0
// tools/listen.cc - sockets that the caller listens on for the container: sd_listen_fds(3).
#include "listen.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "davit/contract.h"

namespace davit::cli {

namespace {

std::string_view variable(char const* name) {
    char const* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

} // namespace

Result<ListenFds> listen_fds() {
    ListenFds found;
    auto const count = variable("LISTEN_FDS");
    if (count.empty()) return found;
    // If it is absent, the caller couldn't know our pid.
    auto const meant_for = variable("LISTEN_PID");
    if (!meant_for.empty()
        && davit::parse<unsigned>(meant_for) != static_cast<unsigned>(::getpid()))
        return found;
    auto const fds = davit::parse<unsigned>(count);
    if (!fds)
        return fail(Kind::config, "environment variable LISTEN_FDS: expected a number, found ",
                    quoted(count));
    found.count = *fds;
    if (found.count == 0) return found;
    found.environment = {"LISTEN_FDS=" + std::string(count), "LISTEN_PID=1"};
    if (auto const names = variable("LISTEN_FDNAMES"); !names.empty())
        found.environment.push_back("LISTEN_FDNAMES=" + std::string(names));
    return found;
}

Result<> check_preserved_fds(unsigned long count) {
    for (unsigned long i = 0; i < count; ++i) {
        auto const fd = static_cast<int>(3 + i);
        int const flags = fd < 3 ? -1 : ::fcntl(fd, F_GETFD);
        // An fd that is closed on exec isn't the caller's, for it would not have come here: it is
        // davit's own log, which no container must get.
        if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            return fail_errno(Errno{EBADF}, contract::preserved_fd, " ", 3 + i);
    }
    return {};
}

} // namespace davit::cli
