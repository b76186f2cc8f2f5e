// SPDX-License-Identifier: Apache-2.0
// shim/core/reaper.h - the ends of all children: containers' processes, loggers, orphans.
//
// Only children of the loop's own thread are waited for (__WNOTHREAD): those of a library call, a
// hook's programs among them, belong to that call's thread until it ends. Orphans come to the main
// thread, as the kernel looks for the first one that lives. waitid(2), PR_SET_CHILD_SUBREAPER.
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
    /// With the status: 0 to 255, or 128 plus the signal's number.
    using Ended = std::function<void(unsigned status)>;

    /// Blocks SIGCHLD for the calling thread and all that it makes. It must be the first one.
    static Result<Fd> open();
    Reaper(boost::asio::io_context& loop, Fd signals);
    Reaper(Reaper const&) = delete;
    Reaper& operator=(Reaper const&) = delete;

    /// Calls `ended` once, later, when that child has ended: its pid may be another's by then. To
    /// be called before anything else is awaited since it became a child of this thread.
    void watch(int pid, Ended ended);

  private:
    void listen();
    void reap();
    void reap_later();
    boost::asio::posix::stream_descriptor signals_;
    std::unordered_map<int, Ended> children_;
};

} // namespace davit::shim
