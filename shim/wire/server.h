// SPDX-License-Identifier: Apache-2.0
// shim/wire/server.h - answers ttrpc calls on a unix socket. Runs in: shim, on its one thread.
//
// Knows no service: one handler gets all calls, at once and each in a coroutine of its own.
// Whatever a peer sends or doesn't read, memory stays within `Limits`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/fd.h"
#include "wire/frame.h"
#include "wire/message.h"
#include "wire/stream.h"
#include "wire/ttrpc.h"

namespace davit::shim::wire {

/// A request as it came. Its texts point into its own bytes, which stay where they are when it is
/// moved and are freed with it, or by take().
struct Call {
    std::string_view service; ///< "containerd.task.v3.Task"
    std::string_view method;  ///< "Create"
    std::string_view payload; ///< the encoded request
    std::vector<KeyValue> metadata;
    std::optional<std::chrono::steady_clock::time_point> deadline; ///< then the caller has gone
    std::shared_ptr<Stream> stream; ///< messages beyond the first; null for an ordinary call
    Buffer bytes;

    /// "" if the caller didn't send it. `key` in lower case.
    [[nodiscard]] std::string_view header(std::string_view key) const;

    /// The request, decoded; its bytes are freed, the texts above are empty then. So that a call
    /// that waits for days costs little.
    template <class M>
    std::expected<M, Status> take() {
        auto message = decode<M>(payload);
        service = method = payload = {};
        metadata = {};
        bytes = {};
        return message;
    }
};

/// Answers a call. Runs to its end whatever becomes of the caller, so that nothing stays half done;
/// a reply that comes after the deadline is dropped. An exception is answered with Code::internal.
using Handler = std::function<asio::awaitable<Reply>(Call)>;

/// `co_await cancellable();` in a handler that only waits: when the caller has gone, its deadline
/// has passed or the server stops, what it awaits is aborted (boost::system::system_error), which
/// the server expects.
inline auto cancellable() {
    return asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}
/// Once more uninterrupted, from here on.
inline auto uncancellable() {
    return asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
}

/// Beyond these: no more connections are accepted until one ends; a call is answered with
/// Code::resource_exhausted; a connection whose answers aren't read isn't read either.
struct Limits {
    std::size_t connections = 1024;   ///< containerd has one for each container of the pod
    std::size_t calls = 16384;        ///< unfinished ones: a Wait for each process
    std::size_t calls_of_one = 8192;  ///< unfinished ones of one connection
    std::size_t received = 16u << 20; ///< bytes of all requests that nobody has decoded yet
    std::size_t unread = 256u << 10;  ///< bytes of answers after which requests wait
    std::size_t answers = 8u << 20;   ///< bytes of answers, per connection
};

class Server {
  public:
    /// `listening` is a unix socket that listens already. `context` must outlive the server.
    Server(asio::io_context& context, Fd listening, Handler handler, Limits limits = {});
    Server(Server&&) noexcept;
    Server& operator=(Server&&) noexcept;
    ~Server(); ///< closes what is open

    /// Accepts, from now on, peers of our own effective user and group (SO_PEERCRED).
    void begin();
    /// Accepts no more, and lets the calls in progress end: cancellable ones now. Connections are
    /// closed when their last answer is sent, or after three seconds (containerd waits as long for
    /// Shutdown); then nothing here keeps `context` busy.
    void stop();

    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t calls() const; ///< in progress

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace davit::shim::wire
