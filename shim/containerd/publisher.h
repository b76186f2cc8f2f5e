// SPDX-License-Identifier: Apache-2.0
// shim/containerd/publisher.h - sends containerd the events, in order, and again after its restart.
//
// All on the one thread. The service containerd.services.events.ttrpc.v1.Events.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "containerd/log.h"
#include "containerd/topics.h"
#include "core/notice.h"
#include "wire/client.h"

namespace davit::shim::containerd {

namespace asio = boost::asio;

class Publisher {
  public:
    /// `address`: the path of containerd's ttrpc socket; "": drops all events.
    Publisher(asio::io_context& loop, std::string address, std::string name_space, Log& log);

    /// Queues the event with the present time. At most 2048 wait: beyond that the oldest OOM is
    /// dropped, or the oldest event if there is no OOM.
    void publish(Publication publication);

    /// Returns when all events are sent, or `most` has passed.
    asio::awaitable<void> drain(std::chrono::seconds most);

  private:
    struct Item {
        std::string_view topic;
        std::string request; ///< a ForwardRequest
    };
    asio::awaitable<void> work();
    asio::awaitable<void> tell(Item const& item);
    asio::awaitable<bool> forward(Item const& item, std::string& problem);

    asio::io_context& loop_;
    Notice idle_;
    std::string address_, name_space_;
    Log& log_;
    std::deque<Item> queue_; ///< without the one that is being sent
    std::optional<wire::Client> client_;
    bool works_ = false;
};

} // namespace davit::shim::containerd
