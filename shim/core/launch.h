// SPDX-License-Identifier: Apache-2.0
// shim/core/launch.h - starting a program, by Boost.Process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "davit/result.h"

namespace davit::shim {

struct Launch {
    std::string role;    ///< "the logging program": for an error
    std::string program; ///< a path; PATH isn't searched
    std::vector<std::string> words, environment;
    int first = 0;        ///< the number of fds[0] in the program
    std::vector<int> fds; ///< the caller's; the program has no open fd above the last of them
};

/// Returns the pid of the new process; the caller reaps it. The process has its own process group,
/// davit::file_limit(), and neither a blocked signal nor an ignored SIGPIPE. Its fds below `first`
/// are the caller's.
Result<int> launch(boost::asio::io_context& loop, Launch const& what);

} // namespace davit::shim
