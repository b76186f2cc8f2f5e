// SPDX-License-Identifier: Apache-2.0
// shim/wire/connection.h - one peer of the server, and its calls. Runs in: shim, on its one thread.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <memory>
#include <unordered_map>

#include "wire/channel.h"
#include "wire/server.h"

namespace davit::shim::wire {

class Connection;

/// What all connections of a server share.
struct Calls {
    Calls(Handler handler_, Limits const& limits_)
        : handler(std::move(handler_)),
          limits(limits_),
          received(std::make_shared<Budget>(limits_.received)) {}
    virtual void ended(std::shared_ptr<Connection> const& connection) = 0;

    Handler const handler;
    Limits const limits;
    std::shared_ptr<Budget> const received;
    std::size_t count = 0; ///< unfinished calls
    bool stopping = false;

  protected:
    ~Calls() = default;
};

class Connection final : public Channel {
  public:
    Connection(asio::io_context::executor_type executor, Fd socket, std::shared_ptr<Calls> calls);
    /// Lets the calls end, then closes.
    void finish();

  private:
    struct Active {
        asio::cancellation_signal cancel;
        std::optional<Timer> timer;
        std::shared_ptr<Stream> stream;
        bool answered = false; ///< or no caller is left to answer
    };

    void received(Frame frame) override;
    void gone() override;
    void request(Frame frame);
    void data(Frame frame);
    void begin(std::uint32_t stream, Call call, std::chrono::nanoseconds timeout);
    void done(std::uint32_t stream, std::exception_ptr exception, Reply reply);
    void answer(std::uint32_t stream, Reply reply);
    void refuse(std::uint32_t stream, Code code, std::string_view why);
    void abandon(std::uint32_t stream, Status status);
    std::shared_ptr<Connection> self();

    std::shared_ptr<Calls> calls_;
    std::unordered_map<std::uint32_t, Active> active_;
    std::uint32_t last_ = 0; ///< the highest stream id
};

} // namespace davit::shim::wire
