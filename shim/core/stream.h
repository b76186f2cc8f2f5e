// SPDX-License-Identifier: Apache-2.0
// shim/core/stream.h - moves bytes from one fd to another and holds none of them.
//
// It reads no more than the other side is sure to take: a page, once a pipe polls writable
// (pipe(7): PIPE_BUF); any size for a file. It uses splice(2) where the kernel can, but only when
// pages are full: a pipe keeps spliced parts apart, so 16 short lines would fill it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <string_view>

#include "davit/fd.h"

namespace davit::shim {

class Stream {
  public:
    /// What to do when the other side takes no more (EPIPE, a full disk).
    enum class Orphaned {
        drop, ///< read on, so that the writer isn't blocked
        end,
    };

    /// Both become non-blocking. `to` may be a regular file.
    Stream(boost::asio::io_context& loop, Fd from, Fd to, Orphaned orphaned);

    /// Runs until the end of the input, or stop().
    boost::asio::awaitable<void> run();
    void stop();

  private:
    enum class Step { moved, blocked, ended };
    Step step();
    Step splice();
    Step copy();
    Step write(std::string_view bytes);
    Step lost(int errnum);
    [[nodiscard]] bool can_write() const;
    boost::asio::awaitable<void> wait();

    boost::asio::posix::stream_descriptor from_;
    boost::asio::posix::stream_descriptor to_; ///< closed: what is read is dropped
    Fd file_;                                  ///< in its place: no event loop takes a regular file
    Orphaned orphaned_;
    std::string rest_; ///< read, not taken: another writer was faster
    bool can_splice_ = true;
    bool to_terminal_ = false; ///< may take part of a write; a spliced rest stays in the pipe
    bool much_ = false;        ///< a page was full: splice(2) is worth it
    bool stopped_ = false;
};

} // namespace davit::shim
