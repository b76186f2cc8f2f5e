// SPDX-License-Identifier: Apache-2.0
// shim/core/notice.h - coroutines of one thread that wait for each other.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <utility>

namespace davit::shim {

/// Wakes whoever waits. Must outlive them; they look for themselves at what has changed:
/// `while (!done) co_await notice.wait();`
class Notice {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Notice(boost::asio::io_context& loop) : loop_(loop) {}
    Notice(Notice const&) = delete;
    Notice& operator=(Notice const&) = delete;

    /// Returns at the next tell_all(), at `until`, or for no reason.
    boost::asio::awaitable<void> wait(Clock::time_point until = Clock::time_point::max()) {
        boost::asio::steady_timer timer(loop_, until);
        Place const place(waiting_, timer);
        (void)co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    void tell_all() {
        for (auto* const timer : waiting_) timer->cancel();
    }

  private:
    using Waiting = std::list<boost::asio::steady_timer*>;
    struct Place {
        Place(Waiting& in, boost::asio::steady_timer& timer)
            : list(in), at(in.insert(in.end(), &timer)) {}
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        ~Place() { list.erase(at); }
        Waiting& list;
        Waiting::iterator at;
    };
    boost::asio::io_context& loop_;
    Waiting waiting_;
};

/// Lets one pass after the other, in the order in which they came.
class Turnstile {
  public:
    explicit Turnstile(boost::asio::io_context& loop) : changed_(loop) {}

    /// As long as it lives, the others wait.
    class [[nodiscard]] Turn {
      public:
        explicit Turn(Turnstile& of) : of_(&of) {}
        Turn(Turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        ~Turn() {
            if (!of_) return;
            ++of_->serving_;
            of_->changed_.tell_all();
        }

      private:
        Turnstile* of_;
    };

    boost::asio::awaitable<Turn> pass() {
        auto const mine = next_++;
        while (mine != serving_) co_await changed_.wait();
        co_return Turn(*this);
    }

  private:
    std::uint64_t next_ = 0, serving_ = 0;
    Notice changed_;
};

} // namespace davit::shim
