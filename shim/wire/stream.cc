// SPDX-License-Identifier: Apache-2.0
// shim/wire/stream.cc - see stream.h. Runs in: shim, on its one thread.
#include "wire/stream.h"

#include "wire/ttrpc.h"

namespace davit::shim::wire {

Stream::Stream(std::shared_ptr<Channel> const& channel, std::uint32_t id, Side side,
               bool sends_more)
    : channel_(channel),
      arrived_(channel->executor(), Timer::time_point::max()),
      id_(id),
      side_(side),
      closed_(!sends_more) {}

asio::awaitable<std::expected<std::optional<std::string>, Status>> Stream::receive() {
    while (waiting_.empty() && !remote_closed_ && !failure_) co_await sleep(arrived_);
    if (!waiting_.empty()) {
        Buffer const next = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= next.view().size();
        co_return std::string(next.view());
    }
    if (failure_) co_return std::unexpected(*failure_);
    if (!last_.empty()) co_return std::exchange(last_, {});
    co_return std::nullopt;
}

asio::awaitable<std::expected<void, Status>> Stream::send(std::string message) {
    if (message.size() > max_data) co_return std::unexpected(too_long(message.size()));
    auto const channel = channel_.lock();
    if (channel) co_await channel->drained();
    if (failure_) co_return std::unexpected(*failure_);
    sent_any_ = true;
    if (closed_ || !channel || !channel->send(id_, FrameType::data, 0, {}, std::move(message)))
        co_return std::unexpected(Status{Code::unavailable, "the stream has ended"});
    co_return std::expected<void, Status>();
}

void Stream::close() {
    if (std::exchange(closed_, true) || side_ == Side::server) return;
    if (auto const channel = channel_.lock())
        channel->send(id_, FrameType::data, remote_closed | no_data, {}, {});
}

std::expected<void, Status> Stream::accept(Frame frame) {
    if (remote_closed_)
        return std::unexpected(
            Status{Code::invalid_argument, "data after the end of the stream's data"});
    if (frame.header.flags & remote_closed) remote_closed_ = true;
    if (!(frame.header.flags & no_data)) {
        waiting_bytes_ += frame.data.view().size();
        if (waiting_.size() == max_waiting || waiting_bytes_ > max_data)
            return std::unexpected(Status{Code::resource_exhausted, "stream buffer full"});
        waiting_.push_back(std::move(frame.data));
    }
    arrived_.cancel();
    return {};
}

void Stream::answer(Reply reply) {
    if (reply) last_ = std::move(*reply);
    end(reply ? std::nullopt : std::optional(std::move(reply).error()));
}

void Stream::end(std::optional<Status> failure) {
    remote_closed_ = true;
    if (!failure_) failure_ = std::move(failure);
    arrived_.cancel();
}

} // namespace davit::shim::wire
