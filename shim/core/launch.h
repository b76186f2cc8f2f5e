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
    std::string program; ///< a path; PATH isn't asked
    std::vector<std::string> words, environment;
    int first = 0;        ///< what `fds` begin with in the program
    std::vector<int> fds; ///< the caller's; above the last of them nothing is open in the program
};

/// The pid of the new process, which the caller waits for. It is in a process group of its own,
/// with no signal blocked or SIGPIPE ignored, and davit::file_limit(). fds below `first` are those
/// of the caller.
Result<int> launch(boost::asio::io_context& loop, Launch const& what);

} // namespace davit::shim
