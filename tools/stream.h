// SPDX-License-Identifier: Apache-2.0
// tools/stream.h - one direction of what is relayed between the caller and a process.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "davit/fd.h"

namespace davit::cli {

/// At most one buffer of bytes is on its way; call read_some() and write_some() when poll(2) says
/// that source() or sink() is ready.
class Stream {
  public:
    /// When the other side takes no more, for ever.
    enum class Deaf {
        drop, ///< what comes is dropped: a terminal's program mustn't block for want of a viewer
        end,  ///< the stream ends: who writes to a pipe is to hear of it
    };

    /// `splices`: the kernel moves the bytes, where it can.
    Stream(int from, int to, Deaf deaf, bool splices = false);

    /// To be polled for input; -1 while there is nothing to be read, or no room for it.
    [[nodiscard]] int source() const { return ended_ || waits_ ? -1 : from_; }
    /// To be polled for output; -1 while nothing waits to be written.
    [[nodiscard]] int sink() const { return waits_ ? to_ : -1; }

    /// How many bytes wait to be written.
    [[nodiscard]] std::size_t pending() const { return end_ - begin_; }
    /// Nothing is to be read any more, and nothing waits.
    [[nodiscard]] bool is_over() const { return ended_ && !waits_; }

    /// The errno of what has ended it early; 0: nothing, or only that nobody reads any more.
    [[nodiscard]] int problem() const { return problem_; }

    enum class Got { bytes, nothing, end };
    Got read_some();
    void write_some();
    /// Nothing more is to be read.
    void finish() { ended_ = true; }
    /// Nothing more than what `from`, a pipe, holds now.
    void finish_after_now();

  private:
    Got splice_some();
    ssize_t read_now(std::size_t most);
    Got read_failed();
    void write_failed();

    int from_;
    int to_;
    int problem_ = 0;
    Deaf deaf_;
    bool splices_;       ///< as long as the kernel takes these two files
    bool plain_ = false; ///< it takes read(2) to read, of `own_` where that's open
    Fd own_;             ///< the same pipe as `from`, O_NONBLOCK without being so for others
    bool ended_ = false;
    bool waits_ = false;                 ///< for the sink
    std::size_t left_ = ~std::size_t{0}; ///< how much may be read
    std::size_t chunk_;                  ///< how much is read at once
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    char buffer_[65536];
};

} // namespace davit::cli
