// SPDX-License-Identifier: Apache-2.0
// shim/core/notice.h - coroutines of one thread that wait for each other.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <list>
#include <utility>

namespace davit::shim {

/// Wakes the coroutines that wait for it. Must outlive them. Each then checks its own condition:
/// `co_await notice.wait_while(not_done);` (a named value: g++ 12 destroys temporaries twice).
class Notice {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Notice(boost::asio::io_context& loop) : loop_(loop) {}
    Notice(Notice const&) = delete;
    Notice& operator=(Notice const&) = delete;

    /// Returns at the next tell_all(), at `until`, or earlier for no reason.
    boost::asio::awaitable<void> wait(Clock::time_point until = Clock::time_point::max()) {
        boost::asio::steady_timer timer(loop_, until);
        Place const place(waiting_, timer);
        (void)co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    /// Waits until `condition()` is false, or until `until`. The caller's frame keeps the
    /// condition.
    template <class Condition>
    boost::asio::awaitable<void> wait_while(Condition condition,
                                            Clock::time_point until = Clock::time_point::max()) {
        while (condition() && Clock::now() < until) co_await wait(until);
    }
    template <class Condition>
    boost::asio::awaitable<void> wait_while(Condition condition, Clock::duration most) {
        return wait_while(std::move(condition), Clock::now() + most);
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

/// Resumes when `time` has passed.
inline boost::asio::awaitable<void> rest(boost::asio::io_context& loop,
                                         Notice::Clock::duration time) {
    Notice nobody(loop);
    co_await nobody.wait(Notice::Clock::now() + time);
}

/// A queue: lets one coroutine pass at a time, in the order in which they came.
class Turnstile {
    struct Nothing {};

  public:
    explicit Turnstile(boost::asio::io_context& loop) : changed_(loop) {}

    /// A place in the queue; while the first place lives, the others wait.
    class [[nodiscard]] Turn {
      public:
        explicit Turn(Turnstile& of) : of_(&of), at_(of.queue_.emplace(of.queue_.end())) {}
        Turn(Turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)), at_(other.at_) {}
        ~Turn() {
            if (!of_) return;
            of_->queue_.erase(at_);
            of_->changed_.tell_all();
        }
        [[nodiscard]] bool has_come() const { return at_ == of_->queue_.begin(); }

      private:
        Turnstile* of_;
        std::list<Nothing>::iterator at_;
    };

    boost::asio::awaitable<Turn> pass() {
        Turn turn(*this); // gives up its place if something throws here
        auto const is_anothers = [&] { return !turn.has_come(); };
        co_await changed_.wait_while(is_anothers);
        co_return turn;
    }

  private:
    std::list<Nothing> queue_;
    Notice changed_;
};

} // namespace davit::shim
