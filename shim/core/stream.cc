// SPDX-License-Identifier: Apache-2.0
// shim/core/stream.cc - splice(2), read(2), write(2) between pipes, fifos, terminals and files.
#include "core/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

namespace davit::shim {

namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t whole_pipe = 64 * 1024;
/// After this many steps other streams get their turn.
constexpr int steps_in_a_row = 16;

/// One page for all streams: nothing else runs between a read and its write.
char page[4096]; // PIPE_BUF

bool is_regular(Fd const& fd) {
    struct stat s;
    return ::fstat(fd.number(), &s) == 0 && S_ISREG(s.st_mode);
}

void unblock(int fd) { (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

bool polls(int fd, short events) {
    pollfd watched{fd, events, 0};
    return ::poll(&watched, 1, 0) > 0;
}

/// If epoll refuses `fd`, `to` stays closed and `fd` is closed.
void give(Descriptor& to, Fd fd) {
    boost::system::error_code error;
    to.assign(fd.number(), error);
    if (!error) (void)fd.release();
}

/// A regular file takes as much as the disk has room for.
bool write_all(int fd, char const* from, std::size_t size) {
    while (size > 0) {
        auto const n = ::write(fd, from, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        from += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

} // namespace

Stream::Stream(asio::io_context& loop, Fd from, Fd to, Orphaned orphaned)
    : from_(loop), to_(loop), orphaned_(orphaned) {
    unblock(from.number());
    can_splice_ = ::isatty(from.number()) == 0; // a terminal is read page by page anyway
    give(from_, std::move(from));
    if (is_regular(to)) {
        file_ = std::move(to);
        can_splice_ = false; // splice(2) refuses a file opened to append
        return;
    }
    much_ = to_terminal_ = ::isatty(to.number()) != 0;
    unblock(to.number());
    give(to_, std::move(to));
}

asio::awaitable<void> Stream::run() {
    for (int steps = 1; !stopped_; ++steps) {
        auto const made = step();
        if (made == Step::ended) break;
        if (made == Step::blocked)
            co_await wait();
        else if (steps % steps_in_a_row == 0)
            co_await asio::post(from_.get_executor(), asio::use_awaitable);
    }
    boost::system::error_code error;
    from_.close(error);
    to_.close(error);
    file_.reset();
}

void Stream::stop() {
    stopped_ = true;
    boost::system::error_code error;
    if (from_.is_open()) from_.cancel(error);
    if (to_.is_open()) to_.cancel(error);
}

Stream::Step Stream::step() {
    if (!rest_.empty()) {
        auto const rest = std::exchange(rest_, {});
        return write(rest);
    }
    return can_splice_ && much_ && to_.is_open() ? splice() : copy();
}

Stream::Step Stream::splice() {
    auto const n = ::splice(from_.native_handle(), nullptr, to_.native_handle(), nullptr,
                            whole_pipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    much_ = to_terminal_ || n >= static_cast<ssize_t>(sizeof page);
    if (n >= 0) return n > 0 ? Step::moved : Step::ended;
    switch (errno) {
    case EINTR: return Step::moved;
    case EINVAL: can_splice_ = false; return Step::moved;
    case EAGAIN: return Step::blocked;
    default: return lost(errno);
    }
}

Stream::Step Stream::copy() {
    if (!can_write()) return Step::blocked;
    auto const n = ::read(from_.native_handle(), page, sizeof page);
    if (n < 0 && errno == EINTR) return Step::moved;
    if (n < 0 && errno == EAGAIN) return Step::blocked;
    if (n <= 0) return Step::ended; // a terminal: EIO
    much_ = n == static_cast<ssize_t>(sizeof page);
    auto const size = static_cast<std::size_t>(n);
    if (file_) return write_all(file_.number(), page, size) ? Step::moved : lost(errno);
    return write({page, size});
}

Stream::Step Stream::write(std::string_view bytes) {
    while (!bytes.empty() && to_.is_open()) {
        auto const n = ::write(to_.native_handle(), bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            rest_ = bytes;
            return Step::blocked;
        } else if (errno != EINTR) {
            return lost(errno);
        }
    }
    return Step::moved;
}

/// splice(2) doesn't say which side failed: reading a terminal that no process has open is EIO.
Stream::Step Stream::lost(int errnum) {
    if (errnum == EIO && !file_) return Step::ended;
    if (orphaned_ == Orphaned::end) return Step::ended;
    boost::system::error_code error;
    to_.close(error);
    file_.reset();
    return Step::moved;
}

bool Stream::can_write() const {
    if (!to_.is_open()) return true;
    return polls(const_cast<Descriptor&>(to_).native_handle(), POLLOUT);
}

asio::awaitable<void> Stream::wait() {
    auto const token = asio::as_tuple(asio::use_awaitable);
    if (rest_.empty() && can_write())
        (void)co_await from_.async_wait(Descriptor::wait_read, token);
    else
        (void)co_await to_.async_wait(Descriptor::wait_write, token);
}

} // namespace davit::shim
