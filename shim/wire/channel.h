// SPDX-License-Identifier: Apache-2.0
// shim/wire/channel.h - frames over a connected unix socket: what server and client share.
// Runs in: shim, on its one thread.
//
// Nothing here waits: the channel reads and writes the socket when that is ready, and keeps what
// the peer doesn't read. While it keeps much, a server reads no more from that peer.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "davit/fd.h"
#include "wire/frame.h"

namespace davit::shim::wire {

namespace asio = boost::asio;

/// An fd on the loop; its executor is known, which spares calls through a table.
using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

/// `time` from now, but at most 100 years: the clock ends in 292.
inline Timer::time_point deadline_in(std::chrono::nanoseconds time) {
    return Timer::clock_type::now()
           + std::min<std::chrono::nanoseconds>(time, std::chrono::years(100));
}

class Channel : public std::enable_shared_from_this<Channel> {
  public:
    /// Whether to read while the peer doesn't: one of the two must, or both would wait for ever.
    enum class Reads { always, while_read };
    /// `unread`: with more unsent bytes than this, the peer counts as one that doesn't read.
    Channel(asio::io_context::executor_type executor, Fd socket, std::shared_ptr<Budget> budget,
            std::size_t unread, Reads reads);
    virtual ~Channel() = default;

    /// Starts reading; a shared_ptr must own the object.
    void start() { read_later(); }
    /// Sends one frame with the data `prefix` (short) and `payload`. False: the peer has gone.
    bool send(std::uint32_t stream, FrameType type, std::uint8_t flags, std::string_view prefix,
              std::string payload);
    /// Waits until no more than `unread` bytes wait to be sent, or the peer has gone.
    asio::awaitable<void> drained();
    void close();
    void close_when_sent();

    [[nodiscard]] std::size_t unsent() const { return unsent_; } ///< bytes
    [[nodiscard]] bool is_open() const { return !closed_ && !broken_; }
    asio::io_context::executor_type executor() { return socket_.get_executor(); }

  protected:
    virtual void received(Frame frame) = 0;
    /// Called once, by close() or because the peer has gone.
    virtual void gone() = 0;

  private:
    struct Unsent {
        std::string head; ///< header and prefix: no longer than a std::string holds by itself
        std::string payload;
        std::size_t sent = 0; ///< bytes of both
        [[nodiscard]] std::size_t left() const { return head.size() + payload.size() - sent; }
    };

    bool pauses() const { return reads_ == Reads::while_read && unsent_ > unread_; }
    void read_later();
    void read();
    void write_later();
    void write();
    bool push(Unsent& what); ///< false: some of it is unsent
    void fail();
    void wake();

    Descriptor socket_;
    FrameReader reader_;
    std::list<Unsent> queue_;
    std::size_t unsent_ = 0;
    std::size_t const unread_;
    Reads const reads_;
    std::optional<Timer> drained_; ///< set while drained() waits; cancelled to wake it
    bool reading_ = false, writing_ = false, closing_ = false;
    bool broken_ = false; ///< the peer doesn't take what we send; close() follows
    bool closed_ = false;
};

/// Sleeps until the timer is cancelled or expires; never fails.
asio::awaitable<void> sleep(Timer& timer);

} // namespace davit::shim::wire
