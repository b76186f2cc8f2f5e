// SPDX-License-Identifier: Apache-2.0
// shim/wire/channel.cc - see channel.h. Runs in: shim, on its one thread.
//
// It calls recv(2) and sendmsg(2) first, epoll only where those would wait: an answer is one system
// call.
#include "wire/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace davit::shim::wire {
namespace {

/// Bytes read at once; on the stack, so that an idle connection has no buffer.
constexpr std::size_t chunk = 4096;
/// After this many chunks other connections get their turn.
constexpr int most_chunks = 64;

bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

} // namespace

asio::awaitable<void> sleep(Timer& timer) {
    boost::system::error_code ignored; // cancelling the timer is how it is woken
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Channel::Channel(asio::io_context::executor_type executor, Fd socket,
                 std::shared_ptr<Budget> budget, std::size_t unread, Reads reads)
    : socket_(executor, socket.release()),
      reader_(std::move(budget)),
      unread_(unread),
      reads_(reads) {}

void Channel::read_later() {
    if (reading_ || closed_ || (pauses() && !broken_)) return;
    reading_ = true;
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                           self->reading_ = false;
                           if (!error && !self->closed_) self->read();
                       });
}

void Channel::read() {
    char bytes[chunk];
    for (int i = 0; i < most_chunks; ++i) {
        auto const count = ::recv(socket_.native_handle(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (count < 0 && would_wait(errno)) break;
        if (count <= 0) return close();
        std::string_view rest(bytes, static_cast<std::size_t>(count));
        while (auto frame = reader_.take(rest)) {
            received(std::move(*frame));
            if (closed_) return;
        }
        if (static_cast<std::size_t>(count) < sizeof bytes || pauses()) break;
    }
    read_later();
}

bool Channel::send(std::uint32_t stream, FrameType type, std::uint8_t flags,
                   std::string_view prefix, std::string payload) {
    if (!is_open()) return false;
    char header[header_size];
    print({static_cast<std::uint32_t>(prefix.size() + payload.size()), stream, type, flags},
          header);
    Unsent what{std::string(header, sizeof header), std::move(payload)};
    what.head += prefix;
    if (queue_.empty() && push(what)) return true;
    if (broken_) return false;
    unsent_ += what.left();
    queue_.push_back(std::move(what));
    write_later();
    return true;
}

bool Channel::push(Unsent& what) {
    auto const in_head = std::min(what.sent, what.head.size());
    auto const in_payload = what.sent - in_head;
    iovec parts[] = {{what.head.data() + in_head, what.head.size() - in_head},
                     {what.payload.data() + in_payload, what.payload.size() - in_payload}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    auto const count = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && !would_wait(errno)) fail();
    if (count < 0) return false;
    what.sent += static_cast<std::size_t>(count);
    return what.left() == 0;
}

void Channel::write_later() {
    if (writing_ || closed_) return;
    writing_ = true;
    socket_.async_wait(Descriptor::wait_write,
                       [self = shared_from_this()](boost::system::error_code error) {
                           self->writing_ = false;
                           if (!error && !self->closed_) self->write();
                       });
}

void Channel::write() {
    while (!queue_.empty()) {
        auto& first = queue_.front();
        auto const before = first.left();
        bool const whole = push(first);
        if (broken_) return;
        unsent_ -= before - first.left();
        if (!whole) break;
        queue_.pop_front();
    }
    if (unsent_ <= unread_) wake();
    if (!queue_.empty()) return write_later();
    if (closing_) close();
}

// The caller of send() may be in the middle of something: the channel ends when it next reads.
void Channel::fail() {
    broken_ = true;
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
    wake();
}

void Channel::wake() {
    if (drained_) drained_->cancel();
    read_later();
}

asio::awaitable<void> Channel::drained() {
    auto const self = shared_from_this();
    while (is_open() && unsent_ > unread_) {
        if (!drained_) drained_.emplace(socket_.get_executor(), Timer::time_point::max());
        co_await sleep(*drained_);
    }
}

void Channel::close() {
    if (closed_) return;
    closed_ = true;
    auto const self = shared_from_this(); // gone() may drop the last owner
    boost::system::error_code ignored;
    socket_.close(ignored);
    queue_.clear();
    unsent_ = 0;
    if (drained_) drained_->cancel();
    gone();
}

void Channel::close_when_sent() {
    closing_ = true;
    if (queue_.empty()) close();
}

} // namespace davit::shim::wire
