// SPDX-License-Identifier: Apache-2.0
// tools/stream.h - relays bytes in one direction between the caller and a process.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "davit/fd.h"

namespace davit::cli {

/// Holds at most one buffer of bytes. Call read_some() or write_some() when poll(2) says that
/// source() or sink() is ready.
class Stream {
  public:
    /// What to do when the sink takes no more, for ever.
    enum class Deaf {
        drop, ///< drops what comes: a program must not block because its terminal's viewer is gone
        end,  ///< ends the stream: a process that writes to a pipe is to hear of it
    };

    /// `splices`: the kernel moves the bytes, where it can.
    Stream(int from, int to, Deaf deaf, bool splices = false);

    /// To be polled for input; -1 while nothing is to be read, or there is no room for it.
    [[nodiscard]] int source() const { return ended_ || waits_ ? -1 : from_; }
    /// To be polled for output; -1 while nothing waits to be written.
    [[nodiscard]] int sink() const { return waits_ ? to_ : -1; }

    /// How many bytes wait to be written.
    [[nodiscard]] std::size_t pending() const { return end_ - begin_; }
    /// Nothing is left to be read or written.
    [[nodiscard]] bool is_over() const { return ended_ && !waits_; }

    /// The errno that ended it early; 0: none, or only a reader that is gone.
    [[nodiscard]] int problem() const { return problem_; }

    enum class Got { bytes, nothing, end };
    Got read_some();
    void write_some();
    /// Nothing more is to be read.
    void finish() { ended_ = true; }
    /// Reads only what `from`, a pipe, holds now.
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
    bool splices_;       ///< as long as the kernel can splice these two files
    bool plain_ = false; ///< read(2) reads, from `own_` if that is open
    Fd own_;             ///< the same pipe as `from`, but O_NONBLOCK for davit alone
    bool ended_ = false;
    bool waits_ = false;                 ///< for the sink
    std::size_t left_ = ~std::size_t{0}; ///< how much may be read
    std::size_t chunk_;                  ///< how much is read at once
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    char buffer_[65536];
};

} // namespace davit::cli
