// SPDX-License-Identifier: Apache-2.0
// shim/wire/server.cc - the listening socket, and who may connect. Runs in: shim, on its one
// thread.
//
// unix(7) SO_PEERCRED: a process of another user must not reach the shim, even if it gets at the
// socket.
#include "wire/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "wire/connection.h"

namespace davit::shim::wire {
namespace {

using namespace std::chrono_literals;

/// How long a Shutdown's answer may take: containerd's own time-out for it.
constexpr auto last_words = 3s;
/// Where fds or memory are short, the server tries accept4(2) again after this time.
constexpr auto retry_after = 100ms;

bool is_one_of_us(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0
           && peer.uid == ::geteuid() && peer.gid == ::getegid();
}

} // namespace

struct Server::State : Calls, std::enable_shared_from_this<Server::State> {
    State(asio::io_context& context, Fd listening, Handler handler, Limits const& limits)
        : Calls{std::move(handler), limits},
          listener(context.get_executor(), listening.release()),
          timer(context.get_executor()) {}

    void accept_later() {
        if (accepting || stopping || connections.size() >= limits.connections) return;
        accepting = true;
        listener.async_wait(Descriptor::wait_read,
                            [self = shared_from_this()](boost::system::error_code error) {
                                self->accepting = false;
                                if (!error && !self->stopping) self->accept();
                            });
    }

    void accept() {
        while (connections.size() < limits.connections) {
            Fd socket(::accept4(listener.native_handle(), nullptr, nullptr,
                                SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!socket && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
            if (!socket && errno != ECONNABORTED && errno != EINTR) return retry();
            if (!socket || !is_one_of_us(socket.number())) continue;
            auto const connection = std::make_shared<Connection>(
                listener.get_executor(), std::move(socket), shared_from_this());
            connections.insert(connection);
            connection->start();
        }
        accept_later();
    }

    void retry() {
        accepting = true;
        timer.expires_after(retry_after);
        timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
            self->accepting = false;
            if (!error) self->accept_later();
        });
    }

    void ended(std::shared_ptr<Connection> const& connection) override {
        connections.erase(connection);
        if (!stopping) return accept_later();
        if (connections.empty()) timer.cancel();
    }

    void stop() {
        if (std::exchange(stopping, true)) return;
        boost::system::error_code ignored;
        listener.close(ignored);
        timer.cancel();
        for (auto const& connection : std::set(connections)) connection->finish();
        if (connections.empty()) return;
        timer.expires_after(last_words);
        timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error) self->close();
        });
    }

    void close() {
        stopping = true;
        boost::system::error_code ignored;
        listener.close(ignored);
        timer.cancel();
        for (auto const& connection : std::set(connections)) connection->close();
    }

    Descriptor listener;
    Timer timer;
    std::set<std::shared_ptr<Connection>> connections;
    bool accepting = false;
};

Server::Server(asio::io_context& context, Fd listening, Handler handler, Limits limits)
    : state_(std::make_shared<State>(context, std::move(listening), std::move(handler), limits)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&& other) noexcept {
    if (state_) state_->close();
    state_ = std::move(other.state_);
    return *this;
}
Server::~Server() {
    if (state_) state_->close();
}

void Server::begin() {
    state_->listener.non_blocking(true);
    state_->accept_later();
}
void Server::stop() { state_->stop(); }
std::size_t Server::connections() const { return state_->connections.size(); }
std::size_t Server::calls() const { return state_->count; }

} // namespace davit::shim::wire
