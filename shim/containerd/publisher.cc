// SPDX-License-Identifier: Apache-2.0
// shim/containerd/publisher.cc - sends containerd the events, in order, and again after its
// restart.
//
// All on the one thread.
#include "containerd/publisher.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "containerd/time.h"

namespace davit::shim::containerd {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 2048;
constexpr auto patience = 5s; ///< how long one call may take
constexpr int most_tries = 6; ///< of a call that containerd could have answered
constexpr std::chrono::seconds longest_pause = 5s;

constexpr char service[] = "containerd.services.events.ttrpc.v1.Events";

} // namespace

Publisher::Publisher(asio::io_context& loop, std::string address, std::string name_space, Log& log)
    : loop_(loop),
      idle_(loop),
      address_(std::move(address)),
      name_space_(std::move(name_space)),
      log_(log) {}

void Publisher::publish(Publication publication) {
    if (address_.empty()) return;
    if (queue_.size() >= most_waiting) {
        log_.write(Level::error, "lost an event: containerd takes none, and too many wait");
        // No client waits for an OOM; a lost exit makes a container run for ever.
        auto const oom = std::ranges::find(queue_, "/tasks/oom", &Item::topic);
        queue_.erase(oom != queue_.end() ? oom : queue_.begin());
    }
    queue_.push_back(
        {publication.topic, wire::encode(ForwardRequest{
                                Envelope{.timestamp = timestamp(std::chrono::system_clock::now()),
                                         .name_space = name_space_,
                                         .topic = std::string(publication.topic),
                                         .event = std::move(publication.event)}})});
    if (std::exchange(works_, true)) return;
    asio::co_spawn(loop_, work(), asio::detached);
}

asio::awaitable<void> Publisher::work() {
    while (!queue_.empty()) {
        // Taken out of the queue, which may drop its oldest event while this one is being sent.
        auto const item = std::move(queue_.front());
        queue_.pop_front();
        co_await tell(item);
    }
    queue_.shrink_to_fit();
    works_ = false;
    idle_.tell_all();
}

/// Returns when the event is sent, or given up. It isn't given up while no process listens:
/// containerd restarts, and then wants to know what happened meanwhile.
asio::awaitable<void> Publisher::tell(Item const& item) {
    std::string problem;
    auto wait = 0s;
    for (int tries = 0; tries < most_tries;) {
        if (wait > 0s) co_await rest(loop_, wait);
        wait = std::min(wait + 1s, longest_pause);
        if (!client_ || !client_->connected()) {
            auto connected = co_await wire::Client::connect(address_);
            if (!connected) continue;
            client_ = std::move(*connected);
        }
        if (co_await forward(item, problem)) co_return;
        ++tries;
    }
    log_.write(Level::error, "gave up an event (" + std::string(item.topic) + "): " + problem);
}

asio::awaitable<bool> Publisher::forward(Item const& item, std::string& problem) {
    wire::Metadata const metadata{{.key = "containerd-namespace-ttrpc", .value = name_space_}};
    auto const reply = co_await client_->call(service, "Forward", item.request, patience, metadata);
    if (!reply) problem = reply.error().message;
    co_return reply.has_value();
}

asio::awaitable<void> Publisher::drain(std::chrono::seconds most) {
    auto const has_some = [this] { return works_; };
    co_await idle_.wait_while(has_some, most);
}

} // namespace davit::shim::containerd
