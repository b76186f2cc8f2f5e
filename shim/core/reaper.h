// SPDX-License-Identifier: Apache-2.0
// shim/core/reaper.h - reaps all children: containers' processes, loggers, orphans.
//
// The reaper waits only for children of the loop's own thread (__WNOTHREAD). The children of a
// library call, such as a hook's programs, belong to that call's thread until it ends. Orphans come
// to the main thread: the kernel takes the first living one. waitid(2), PR_SET_CHILD_SUBREAPER.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <unordered_map>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::shim {

class Reaper {
  public:
    /// `status`: 0 to 255, or 128 plus the signal's number.
    using Ended = std::function<void(unsigned status)>;

    /// Blocks SIGCHLD for the calling thread, which must be the first one, and all that it makes.
    static Result<Fd> open();
    Reaper(boost::asio::io_context& loop, Fd signals);
    Reaper(Reaper const&) = delete;
    Reaper& operator=(Reaper const&) = delete;

    /// Calls `ended` once, later, when that child has ended; its pid may be another process's by
    /// then. The caller must not await anything between the birth of the child (of this thread) and
    /// this call.
    void watch(int pid, Ended ended);

  private:
    void listen();
    void reap();
    void reap_later();
    boost::asio::posix::stream_descriptor signals_;
    std::unordered_map<int, Ended> children_;
};

} // namespace davit::shim
