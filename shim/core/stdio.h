// SPDX-License-Identifier: Apache-2.0
// shim/core/stdio.h - the three streams of one process: opened, carried, closed.
//
// The process gets pipes of the shim (or a terminal), never the client's fifos: a background
// process would keep their readers waiting as long as it lives. The shim holds the fifos' other
// ends, so that a client may go and come back. A logging program gets the pipes themselves.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/events.h"
#include "core/logger.h"
#include "core/notice.h"
#include "core/stream.h"
#include "core/target.h"
#include "davit/fd.h"
#include "davit/result.h"

namespace davit::shim {

class Stdio : public std::enable_shared_from_this<Stdio> {
  public:
    struct Options {
        Logger::About about;
        std::uint32_t uid = 0, gid = 0; ///< owner of the pipes
    };
    /// Waits only for a logging program that isn't ready.
    static boost::asio::awaitable<Result<std::shared_ptr<Stdio>>>
    open(boost::asio::io_context& loop, Reaper& reaper, StdioNames names, Options options);

    explicit Stdio(boost::asio::io_context& loop) : loop_(loop), changed_(loop) {}

    /// What the process gets as stdin, stdout and stderr; open until begin().
    struct Given {
        int fds[3];
    };
    [[nodiscard]] Given given() const;

    /// To be called when the process has them: bytes flow from now on. `console`: its terminal, if
    /// any.
    Result<> begin(Fd console);

    void close_stdin();
    /// Does nothing without a terminal.
    Result<> resize(unsigned width, unsigned height);

    /// To be called when the process has ended. Waits until all its output has arrived, at most
    /// `patience`: a process may keep its end open, a reader may not read. Then closes all and ends
    /// the logging program.
    boost::asio::awaitable<void> end(std::chrono::milliseconds patience);

  private:
    Result<> open_stdin(std::string const& name);
    Result<> open_outputs(Target const& out, Target const& err);
    Result<> open_output(Target const& target, int number);
    void carry(Fd from, Fd to, Stream::Orphaned orphaned, bool is_output);

    boost::asio::io_context& loop_;
    Notice changed_;
    Fd process_[3];                  ///< the process's ends; where there is none it gets null_
    std::shared_ptr<Fd const> null_; ///< /dev/null; all Stdios that need it now share it
    Fd ours_[3];                     ///< the other ends of its pipes
    Fd client_[3];                   ///< fifos and files
    Fd held_[3];                     ///< the other ends of those fifos
    Fd console_;                     ///< a duplicate of the terminal's master side, for its size
    bool terminal_ = false;
    int outputs_ = 0; ///< that haven't reached their end
    std::vector<std::shared_ptr<Stream>> streams_;
    std::shared_ptr<Logger> logger_;
};

} // namespace davit::shim
