// SPDX-License-Identifier: Apache-2.0
// shim/wire/stream.h - the messages of a streaming call, on either side. Runs in: shim.
//
// containerd/ttrpc PROTOCOL.md, "Streaming": data frames under the call's stream id.
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <string>

#include "wire/channel.h"
#include "wire/status.h"

namespace davit::shim::wire {

/// One call's two directions; messages are encoded ones. Belongs to the shim's one thread.
class Stream {
  public:
    /// How many messages may wait to be received. If there are more, or more than max_data bytes,
    /// the call fails with Code::resource_exhausted: one stream alone can't be slowed down.
    static constexpr std::size_t max_waiting = 64;
    enum class Side { server, client };

    Stream(std::shared_ptr<Channel> const& channel, std::uint32_t id, Side side,
           bool sends_more = true);

    /// The next message, or none: the peer has finished. The call's status if it has failed.
    asio::awaitable<std::expected<std::optional<std::string>, Status>> receive();
    /// Waits while the peer doesn't read. Code::unavailable if it has gone or the call has ended,
    /// Code::resource_exhausted for more than max_data bytes.
    asio::awaitable<std::expected<void, Status>> send(std::string message);
    /// We send nothing more. A server needn't call it: the end of its handler has the same effect.
    void close();

    /// For the connection: a data frame came. An error if the stream can't take it.
    std::expected<void, Status> accept(Frame frame);
    /// For the connection: no more will come; `failure` is the reason if the call failed.
    void end(std::optional<Status> failure);
    /// For the connection, on the client's side: the call has ended, perhaps with a last message.
    void answer(Reply reply);
    /// The handler has sent messages, so the call ends with a data frame, not with a response.
    [[nodiscard]] bool sends_messages() const { return sent_any_ || closed_; }

  private:
    std::weak_ptr<Channel> channel_;
    Timer arrived_; ///< cancelled when something came
    std::deque<Buffer> waiting_;
    std::string last_; ///< what the call's answer brought
    std::size_t waiting_bytes_ = 0;
    std::optional<Status> failure_;
    std::uint32_t const id_;
    Side const side_;
    bool remote_closed_ = false, sent_any_ = false;
    bool closed_; ///< we send nothing more
};

} // namespace davit::shim::wire
