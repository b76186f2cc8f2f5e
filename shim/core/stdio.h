// SPDX-License-Identifier: Apache-2.0
// shim/core/stdio.h - the three streams of one process: opened, carried, closed.
//
// The process gets pipes of ours (or a terminal), never the client's fifos: those would keep their
// readers waiting as long as any background process lives. The other ends of fifos are held, so
// that a client may go and come back; the logging program gets the pipes themselves.
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
    /// Waits for nobody but a logging program that isn't ready.
    static boost::asio::awaitable<Result<std::shared_ptr<Stdio>>>
    open(boost::asio::io_context& loop, Reaper& reaper, StdioNames names, Options options);

    explicit Stdio(boost::asio::io_context& loop) : loop_(loop), changed_(loop) {}

    /// What the process gets as stdin, stdout and stderr; open until begin().
    struct Given {
        int fds[3];
    };
    [[nodiscard]] Given given() const;

    /// The process has them: from now on bytes flow. `console`: its terminal, if it has one.
    Result<> begin(Fd console);

    void close_stdin();
    /// Nothing without a terminal.
    Result<> resize(unsigned width, unsigned height);

    /// The process has ended: waits until all that it wrote is where it belongs, or for the time
    /// given if somebody keeps its end open or nobody reads; then all is closed, the logging
    /// program ended.
    boost::asio::awaitable<void> end(std::chrono::milliseconds patience);

  private:
    Result<> open_stdin(std::string const& name);
    Result<> open_outputs(Target const& out, Target const& err);
    Result<> open_output(Target const& target, int number);
    void carry(Fd from, Fd to, Stream::Orphaned orphaned, bool is_output);

    boost::asio::io_context& loop_;
    Notice changed_;
    Fd process_[3];                  ///< the process's ends; where there is none it gets
    std::shared_ptr<Fd const> null_; ///< one that all share who need it now
    Fd ours_[3];                     ///< the other ends of its pipes
    Fd client_[3];                   ///< fifos and files
    Fd held_[3];                     ///< the other ends of those fifos
    Fd console_;                     ///< a duplicate of the terminal's master side, for its size
    bool terminal_ = false;
    int outputs_ = 0; ///< that have not come to their end
    std::vector<std::shared_ptr<Stream>> streams_;
    std::shared_ptr<Logger> logger_;
};

} // namespace davit::shim
