// SPDX-License-Identifier: Apache-2.0
// shim/core/logger.h - a logging program (binary://): reads the container's pipes by itself.
//
// It reads the process's stdout from fd 3 and its stderr from fd 4; it closes fd 5, or writes to
// it, when it is ready. [containerd's docs: runtime v2, logging]
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
    /// Its CONTAINER_ID and CONTAINER_NAMESPACE.
    struct About {
        std::string id, containerd_namespace;
    };

    /// Starts the program; returns when it is ready.
    static boost::asio::awaitable<Result<std::shared_ptr<Logger>>>
    start(boost::asio::io_context& loop, Reaper& reaper, Target program, About about, Input input);

    explicit Logger(boost::asio::io_context& loop) : changed_(loop) {}

    /// For when no process writes to its pipes any more: the program may end by itself; after 2 s
    /// the shim sends SIGTERM, 12 s later SIGKILL.
    boost::asio::awaitable<void> end();

  private:
    boost::asio::awaitable<void> wait_for_its_end(std::chrono::seconds most);
    void send(int signal) const;
    int pid_ = 0; ///< 0: it has ended
    bool is_ready_ = false;
    Notice changed_;
};

} // namespace davit::shim
