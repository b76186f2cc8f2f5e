// SPDX-License-Identifier: Apache-2.0
// shim/core/logger.h - a logging program (binary://): reads the container's pipes by itself.
//
// Its fds: 3 and 4 are what the process writes to stdout and stderr, 5 is to be closed, or written
// to, when it is ready. [containerd's docs: runtime v2, logging]
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "core/notice.h"
#include "core/reaper.h"
#include "core/target.h"
#include "davit/fd.h"
#include "davit/result.h"

namespace davit::shim {

class Logger {
  public:
    struct Input {
        Fd out, err;
    };
    /// What it gets to know as CONTAINER_ID and CONTAINER_NAMESPACE.
    struct About {
        std::string id, containerd_namespace;
    };

    /// Returns when it is ready.
    static boost::asio::awaitable<Result<std::shared_ptr<Logger>>>
    start(boost::asio::io_context& loop, Reaper& reaper, Target program, About about, Input input);

    explicit Logger(boost::asio::io_context& loop) : changed_(loop) {}

    /// Nobody writes to its pipes any more: it may end by itself, is asked to after 2 s (SIGTERM),
    /// and killed after 12 s more.
    boost::asio::awaitable<void> end();

  private:
    boost::asio::awaitable<void> wait_for_its_end(std::chrono::seconds most);
    void send(int signal) const;
    int pid_ = 0; ///< 0: it has ended
    bool is_ready_ = false;
    Notice changed_;
};

} // namespace davit::shim
