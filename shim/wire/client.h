// SPDX-License-Identifier: Apache-2.0
// shim/wire/client.h - calls methods of a ttrpc server: containerd's, for events. Runs in: shim.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/status.h"
#include "wire/stream.h"
#include "wire/ttrpc.h"

namespace davit::shim::wire {

using Metadata = std::vector<KeyValue>; ///< keys in lower case

/// A connection to a server. Any number of calls may be in progress. When the connection ends, they
/// and each later call end with Code::unavailable: connect() anew. Copies share the connection,
/// which ends with the last of them.
class Client {
  public:
    /// To the unix socket at `path`. Code::unavailable if no server listens there.
    static asio::awaitable<std::expected<Client, Status>> connect(std::string path);

    /// `payload` is the encoded request, the reply the encoded answer. After `timeout` (zero: none)
    /// Code::deadline_exceeded; the server is told of it, too. Code::resource_exhausted if the
    /// request is longer than a frame may be, or the server doesn't read what we have sent it.
    /// The request is sent by the call itself, before the answer is awaited.
    asio::awaitable<Reply> call(std::string_view service, std::string_view method,
                                std::string payload, std::chrono::nanoseconds timeout,
                                Metadata const& metadata = {});

    enum class Sends { more, nothing_more };
    /// Begins a streaming call; `payload` is its first message, "" if it has none.
    std::expected<std::shared_ptr<Stream>, Status>
    stream(std::string_view service, std::string_view method, std::string payload,
           Sends sends = Sends::more, Metadata const& metadata = {});

    [[nodiscard]] bool connected() const;
    void close();

  private:
    struct State;
    explicit Client(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

} // namespace davit::shim::wire
