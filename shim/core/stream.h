// SPDX-License-Identifier: Apache-2.0
// shim/core/stream.h - bytes on their way from one fd to another, none of them held here.
//
// No more is read than the other side is sure to take: a page, once a pipe polls writable (pipe(7):
// PIPE_BUF), anything for a file. When pages are full, splice(2) where the kernel can: not before,
// since a pipe keeps what was spliced apart, and 16 short lines would fill it.
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
    /// What to do when nobody takes it any more (EPIPE, a full disk).
    enum class Orphaned {
        drop, ///< read on, so that the writer isn't blocked
        end,
    };

    /// Both become non-blocking. `to` may be a regular file.
    Stream(boost::asio::io_context& loop, Fd from, Fd to, Orphaned orphaned);

    /// Until the end of what there is to read, or stop().
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
    std::string rest_; ///< what was read and not taken: another writer was faster
    bool can_splice_ = true;
    bool to_terminal_ = false; ///< which may take a part of a write; of a splice the rest stays
    bool much_ = false;        ///< a page was full: it is worth a splice
    bool stopped_ = false;
};

} // namespace davit::shim
