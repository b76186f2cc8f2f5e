// SPDX-License-Identifier: Apache-2.0
// shim/wire/channel.h - frames over a connected unix socket: what server and client share.
// Runs in: shim, on its one thread.
//
// Nothing here waits: the socket is read and written when it is ready. What the peer doesn't read
// waits here, and while that is much, a server reads no more of it.
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

/// Any number of nanoseconds from now: the clock ends in 292 years.
inline Timer::time_point deadline_in(std::chrono::nanoseconds time) {
    return Timer::clock_type::now()
           + std::min<std::chrono::nanoseconds>(time, std::chrono::years(100));
}

class Channel : public std::enable_shared_from_this<Channel> {
  public:
    /// Who reads while the peer doesn't: one of the two must, or both would wait for ever.
    enum class Reads { always, while_read };
    /// More than `unread` bytes that wait to be sent are much.
    Channel(asio::io_context::executor_type executor, Fd socket, std::shared_ptr<Budget> budget,
            std::size_t unread, Reads reads);
    virtual ~Channel() = default;

    /// Reads from now on; the object must be owned by a shared_ptr.
    void start() { read_later(); }
    /// One frame, whose data is `prefix` (short) and `payload`. False: the peer has gone.
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
    bool push(Unsent& what); ///< false: some of it is left
    void fail();
    void wake();

    Descriptor socket_;
    FrameReader reader_;
    std::list<Unsent> queue_;
    std::size_t unsent_ = 0;
    std::size_t const unread_;
    Reads const reads_;
    std::optional<Timer> drained_; ///< somebody waits in drained(); cancelled when it's so
    bool reading_ = false, writing_ = false, closing_ = false;
    bool broken_ = false; ///< the peer doesn't take what we send; close() follows
    bool closed_ = false;
};

/// Sleeps until the timer is cancelled or expires; never fails.
asio::awaitable<void> sleep(Timer& timer);

} // namespace davit::shim::wire
