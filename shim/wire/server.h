// SPDX-License-Identifier: Apache-2.0
// shim/wire/server.h - answers ttrpc calls on a unix socket. Runs in: shim, on its one thread.
//
// Knows no service: one handler gets all calls at once, each in a coroutine of its own. Memory
// stays within `Limits`, whatever a peer sends or doesn't read.
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

/// A request. Its texts point into its own bytes. Those stay in place when the Call is moved; they
/// are freed with it, or by take().
struct Call {
    std::string_view service; ///< "containerd.task.v3.Task"
    std::string_view method;  ///< "Create"
    std::string_view payload; ///< the encoded request
    std::vector<KeyValue> metadata;
    std::optional<std::chrono::steady_clock::time_point> deadline; ///< the caller is gone by then
    std::shared_ptr<Stream> stream; ///< messages beyond the first; null for an ordinary call
    Buffer bytes;

    /// "" if the caller didn't send it. `key` in lower case.
    [[nodiscard]] std::string_view header(std::string_view key) const;

    /// Decodes the request and frees its bytes, so that a call that waits for days costs little.
    /// The texts above are empty then.
    template <class M>
    std::expected<M, Status> take() {
        auto message = decode<M>(payload);
        service = method = payload = {};
        metadata = {};
        bytes = {};
        return message;
    }
};

/// Answers a call. Runs to its end even if the caller goes, so that nothing stays half done; a
/// reply after the deadline is dropped. An exception is answered with Code::internal.
using Handler = std::function<asio::awaitable<Reply>(Call)>;

/// For a handler that only waits: `co_await cancellable();`. When the caller goes, the deadline
/// passes or the server stops, the server aborts what the handler awaits. The handler need not
/// catch that boost::system::system_error.
inline auto cancellable() {
    return asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}
/// From here on the server doesn't abort what the handler awaits.
inline auto uncancellable() {
    return asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
}

/// Beyond these, the server accepts no connection until one ends; answers a call with
/// Code::resource_exhausted; reads nothing from a peer that doesn't read its answers.
struct Limits {
    std::size_t connections = 1024;   ///< containerd has one for each container of the pod
    std::size_t calls = 16384;        ///< unfinished ones: a Wait for each process
    std::size_t calls_of_one = 8192;  ///< unfinished ones of one connection
    std::size_t received = 16u << 20; ///< bytes of all requests that aren't decoded yet
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
