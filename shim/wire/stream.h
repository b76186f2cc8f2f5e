// SPDX-License-Identifier: Apache-2.0
// shim/wire/stream.h - the messages of a streaming call, on either side. Runs in: shim.
//
// containerd/ttrpc PROTOCOL.md, "Streaming": data frames under the call's stream id.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wire/frame.h"
#include "wire/status.h"

namespace davit::shim::wire {

namespace asio = boost::asio;

/// One call's two directions. Its messages are encoded ones. Belongs to the shim's one thread.
class Stream {
  public:
    /// Messages that wait to be received: when there are more, or they are more than max_data bytes
    /// in all, the stream fails with Code::resource_exhausted. (A ttrpc peer can't be slowed down
    /// on one stream without stopping the others.)
    static constexpr std::size_t max_waiting = 64;

    using Send = std::function<bool(std::uint8_t flags, std::string_view message)>;
    Stream(asio::any_io_executor executor, Send send);

    /// The next message, or none: the peer has finished. After the failure of the call: its status.
    asio::awaitable<std::expected<std::optional<std::string>, Status>> receive();
    /// False if the peer has gone, or we have closed.
    bool send(std::string_view message);
    /// Nothing more will be sent.
    void close();

    /// Of the connection: a data frame came. False: it can't be taken, `why` says so.
    bool accept(Frame frame, Status& why);
    /// Of the connection: there will be no more frames; `status` if that is a failure.
    void end(std::optional<Status> status);
    [[nodiscard]] bool sent_any() const { return sent_any_; }

  private:
    asio::steady_timer arrived_; ///< cancelled when something came
    Send send_;
    std::deque<Buffer> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<Status> failure_;
    bool remote_closed_ = false, closed_ = false, sent_any_ = false;
};

} // namespace davit::shim::wire
