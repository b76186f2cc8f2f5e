// SPDX-License-Identifier: Apache-2.0
// shim/wire/connection.cc - the rules of ttrpc, frame by frame. Runs in: shim, on its one thread.
//
// containerd/ttrpc PROTOCOL.md. The words are those of its server: clients look at them.
#include "wire/connection.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <new>

namespace davit::shim::wire {
namespace {

asio::awaitable<Reply> run(Handler const& handler, Call call) {
    co_await uncancellable();
    co_return co_await handler(std::move(call));
}

Status status_of(std::exception_ptr const& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (boost::system::system_error const& error) {
        if (error.code() == asio::error::operation_aborted)
            return {Code::canceled, "context canceled"};
        return {Code::internal, error.what()};
    } catch (std::bad_alloc const&) {
        return {Code::resource_exhausted, "no memory is left"};
    } catch (std::exception const& error) {
        return {Code::internal, error.what()};
    } catch (...) {
        return {Code::internal, "an exception of an unknown type"};
    }
}

} // namespace

std::string_view Call::header(std::string_view key) const {
    for (auto const& pair : metadata)
        if (pair.key == key) return pair.value;
    return {};
}

Connection::Connection(asio::io_context::executor_type executor, Fd socket,
                       std::shared_ptr<Calls> calls)
    : Channel(executor, std::move(socket), calls->received, calls->limits.unread,
              Reads::while_read),
      calls_(std::move(calls)) {}

std::shared_ptr<Connection> Connection::self() {
    return std::static_pointer_cast<Connection>(shared_from_this());
}

void Connection::received(Frame frame) {
    auto const stream = frame.header.stream;
    if (frame.dropped) {
        auto const size = frame.header.length;
        auto status = size > max_data ? too_long(size)
                                      : Status{Code::resource_exhausted,
                                               "requests of too many bytes are waiting"};
        return abandon(stream, std::move(status));
    }
    if (stream % 2 == 0)
        return refuse(stream, Code::invalid_argument,
                      "StreamID must be odd for client initiated streams");
    switch (frame.header.type) {
    case FrameType::request: return request(std::move(frame));
    case FrameType::data: return data(std::move(frame));
    default: return; // a later version's type: ignored
    }
}

void Connection::request(Frame frame) {
    auto const stream = frame.header.stream;
    if (stream <= last_)
        return refuse(stream, Code::invalid_argument,
                      "StreamID cannot be re-used and must increment");
    last_ = stream;
    auto request = decode<Request>(frame.data.view());
    if (!request) return refuse(stream, Code::invalid_argument, request.error().message);
    if (calls_->stopping) return refuse(stream, Code::unavailable, "the shim is shutting down");
    if (active_.size() >= calls_->limits.calls_of_one || calls_->count >= calls_->limits.calls)
        return refuse(stream, Code::resource_exhausted, "too many calls are in progress");

    Call call{.service = request->service,
              .method = request->method,
              .payload = request->payload,
              .metadata = std::move(request->metadata),
              .bytes = std::move(frame.data)};
    if (frame.header.flags & (remote_open | remote_closed)) {
        call.stream = std::make_shared<Stream>(self(), stream, Stream::Side::server);
        if (frame.header.flags & remote_closed) call.stream->end({});
    }
    begin(stream, std::move(call), std::chrono::nanoseconds(request->timeout_nano));
}

void Connection::begin(std::uint32_t stream, Call call, std::chrono::nanoseconds timeout) {
    auto& active = active_[stream];
    ++calls_->count;
    active.stream = call.stream;
    if (timeout.count() != 0) {
        active.timer.emplace(executor(), deadline_in(timeout));
        call.deadline = active.timer->expiry();
        active.timer->async_wait([self = self(), stream](boost::system::error_code error) {
            if (!error)
                self->abandon(stream, {Code::deadline_exceeded, "context deadline exceeded"});
        });
    }
    asio::co_spawn(executor(), run(calls_->handler, std::move(call)),
                   asio::bind_cancellation_slot(
                       active.cancel.slot(),
                       [self = self(), stream](std::exception_ptr exception, Reply reply) {
                           self->done(stream, std::move(exception), std::move(reply));
                       }));
}

void Connection::done(std::uint32_t stream, std::exception_ptr exception, Reply reply) {
    auto const it = active_.find(stream);
    auto const active_stream = std::move(it->second.stream);
    bool const answered = it->second.answered;
    active_.erase(it);
    --calls_->count;
    if (exception) reply = std::unexpected(status_of(exception));
    if (active_stream) active_stream->end({});
    if (answered) {
    } else if (active_stream && reply && active_stream->sends_messages())
        send(stream, FrameType::data, remote_closed | no_data, {}, {});
    else
        answer(stream, std::move(reply));
    if (calls_->stopping && active_.empty()) close_when_sent();
}

void Connection::answer(std::uint32_t stream, Reply reply) {
    if (!reply) return refuse(stream, reply.error().code, reply.error().message);
    auto const prefix = before_payload(response_payload, reply->size());
    auto const size = prefix.size() + reply->size();
    if (size > max_data) return refuse(stream, Code::resource_exhausted, too_long(size).message);
    if (unsent() + size > calls_->limits.answers)
        return refuse(stream, Code::resource_exhausted, "answers of too many bytes are unread");
    send(stream, FrameType::response, 0, prefix, std::move(*reply));
}

void Connection::refuse(std::uint32_t stream, Code code, std::string_view why) {
    send(stream, FrameType::response, 0, {}, encode_failure({code, std::string(why)}));
}

void Connection::data(Frame frame) {
    auto const stream = frame.header.stream;
    auto const it = active_.find(stream);
    if (it == active_.end() || !it->second.stream || it->second.answered)
        return refuse(stream, Code::invalid_argument, "StreamID is no longer active");
    if (auto taken = it->second.stream->accept(std::move(frame)); !taken)
        abandon(stream, std::move(taken).error());
}

// The caller gets its answer now; the handler ends later, or at once if it only waits.
void Connection::abandon(std::uint32_t stream, Status status) {
    auto const it = active_.find(stream);
    if (it != active_.end()) {
        auto& active = it->second;
        if (std::exchange(active.answered, true)) return;
        if (active.stream) active.stream->end(status);
        active.cancel.emit(asio::cancellation_type::terminal);
    }
    refuse(stream, status.code, status.message);
}

void Connection::finish() {
    if (active_.empty()) return close_when_sent();
    for (auto& [stream, active] : active_) active.cancel.emit(asio::cancellation_type::terminal);
}

void Connection::gone() {
    for (auto& [stream, active] : active_) {
        active.answered = true;
        active.timer.reset();
        if (active.stream) active.stream->end(Status{Code::unavailable, "ttrpc: closed"});
        active.cancel.emit(asio::cancellation_type::terminal);
    }
    calls_->ended(self());
}

} // namespace davit::shim::wire
