// SPDX-License-Identifier: Apache-2.0
// shim/wire/client.cc - see client.h. Runs in: shim, on its one thread.
#include "wire/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "wire/channel.h"
#include "wire/ttrpc.h"

namespace davit::shim::wire {
namespace {

using namespace std::chrono_literals;

/// Bytes of unread requests and of answers that have come: beyond it no more requests are sent.
constexpr std::size_t most_unsent = 8u << 20;
constexpr std::size_t most_received = 16u << 20;
constexpr std::size_t unread = 256u << 10;
/// The server's queue of connections may be full (EAGAIN): how often and how long to wait for it.
constexpr int attempts = 100;
constexpr auto pause = 10ms;

Status closed() { return {Code::unavailable, "ttrpc: closed"}; }
asio::awaitable<Reply> failed(Status status) { co_return std::unexpected(std::move(status)); }

} // namespace

struct Client::State {
    /// One call that waits for its answer.
    struct Pending {
        explicit Pending(Timer timer_) : timer(std::move(timer_)) {}
        Timer timer; ///< until its deadline; cancelled when there is an answer
        std::optional<Reply> reply;
    };

    class Wire final : public Channel {
      public:
        Wire(asio::io_context::executor_type executor, Fd socket)
            : Channel(executor, std::move(socket), std::make_shared<Budget>(most_received), unread,
                      Reads::always) {}

        /// The stream's id.
        std::expected<std::uint32_t, Status> request(Request request, std::uint8_t flags,
                                                     std::string payload);

        std::unordered_map<std::uint32_t, std::shared_ptr<Pending>> pending;
        std::unordered_map<std::uint32_t, std::shared_ptr<Stream>> streams;

      private:
        void received(Frame frame) override;
        void gone() override;
        void answered(std::uint32_t id, Reply reply);

        std::uint32_t next_ = 1;
    };

    explicit State(std::shared_ptr<Wire> wire_) : wire(std::move(wire_)) {}
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    ~State() { wire->close(); }

    static asio::awaitable<Reply> call(std::shared_ptr<Wire> wire, std::uint32_t id,
                                       std::shared_ptr<Pending> here);

    std::shared_ptr<Wire> const wire;
};

std::expected<std::uint32_t, Status>
Client::State::Wire::request(Request request, std::uint8_t flags, std::string payload) {
    if (!is_open()) return std::unexpected(closed());
    auto const prefix = encode(request) + before_payload(request_payload, payload.size());
    auto const size = prefix.size() + payload.size();
    if (size > max_data) return std::unexpected(too_long(size));
    if (unsent() + size > most_unsent)
        return std::unexpected(
            Status{Code::resource_exhausted, "requests of too many bytes are unread"});
    if (next_ > 0x7FFF'FFFF) // ids must not be reused
        return std::unexpected(closed());
    auto const id = std::exchange(next_, next_ + 2);
    if (!send(id, FrameType::request, flags, prefix, std::move(payload)))
        return std::unexpected(closed());
    return id;
}

void Client::State::Wire::received(Frame frame) {
    auto const id = frame.header.stream;
    if (frame.dropped) return answered(id, std::unexpected(too_long(frame.header.length)));
    if (frame.header.type == FrameType::response) {
        auto response = decode<Response>(frame.data.view());
        if (!response) return answered(id, std::unexpected(std::move(response).error()));
        if (response->status && response->status->code != Code::ok)
            return answered(id, std::unexpected(Status{response->status->code,
                                                       std::string(response->status->message)}));
        return answered(id, std::string(response->payload));
    }
    auto const it = streams.find(id);
    if (frame.header.type != FrameType::data || it == streams.end()) return;
    auto const stream = it->second;
    bool const last = frame.header.flags & remote_closed;
    auto taken = stream->accept(std::move(frame));
    bool const refused = !taken;
    if (refused) stream->end(std::move(taken).error());
    if (last || refused) streams.erase(id);
}

// A call without a waiting caller is ignored.
void Client::State::Wire::answered(std::uint32_t id, Reply reply) {
    if (auto const it = pending.find(id); it != pending.end()) {
        it->second->reply = std::move(reply);
        it->second->timer.cancel();
        pending.erase(it);
    } else if (auto const it = streams.find(id); it != streams.end()) {
        it->second->answer(std::move(reply));
        streams.erase(it);
    }
}

void Client::State::Wire::gone() {
    for (auto const& [id, call] : pending) {
        call->reply = std::unexpected(closed());
        call->timer.cancel();
    }
    pending.clear();
    for (auto const& [id, stream] : streams) stream->end(closed());
    streams.clear();
}

asio::awaitable<Reply> Client::State::call(std::shared_ptr<Wire> wire, std::uint32_t id,
                                           std::shared_ptr<Pending> here) {
    struct Listed { // removes itself, also when the caller is cancelled
        Wire& wire;
        std::uint32_t id;
        ~Listed() { wire.pending.erase(id); }
    } listed{*wire, id};
    if (!here->reply) co_await sleep(here->timer);
    if (here->reply) co_return std::move(*here->reply);
    co_return std::unexpected(Status{Code::deadline_exceeded, "context deadline exceeded"});
}

asio::awaitable<std::expected<Client, Status>> Client::connect(std::string path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        co_return std::unexpected(
            Status{Code::invalid_argument, "a socket's path is too long: \"" + path + '"'});
    std::memcpy(address.sun_path, path.data(), path.size());

    auto const executor = co_await asio::this_coro::executor;
    // The shim has no other kind of context.
    auto const known = static_cast<asio::io_context&>(executor.context()).get_executor();
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    for (int i = 0; socket; ++i) {
        if (::connect(socket.number(), reinterpret_cast<sockaddr const*>(&address), sizeof address)
            == 0) {
            auto wire = std::make_shared<State::Wire>(known, std::move(socket));
            wire->start();
            co_return Client(std::make_shared<State>(std::move(wire)));
        }
        if (errno != EAGAIN || i == attempts) break;
        Timer timer(known, pause);
        co_await sleep(timer);
    }
    auto const error = errno;
    co_return std::unexpected(
        Status{Code::unavailable, "cannot connect to \"" + path
                                      + "\": " + boost::system::system_category().message(error)});
}

asio::awaitable<Reply> Client::call(std::string_view service, std::string_view method,
                                    std::string payload, std::chrono::nanoseconds timeout,
                                    Metadata const& metadata) {
    Request request{service, method, {}, timeout.count(), {metadata.begin(), metadata.end()}};
    auto const& wire = state_->wire;
    auto id = wire->request(std::move(request), 0, std::move(payload));
    if (!id) return failed(std::move(id).error());
    auto here = std::make_shared<State::Pending>(Timer(
        wire->executor(), timeout.count() > 0 ? deadline_in(timeout) : Timer::time_point::max()));
    wire->pending.emplace(*id, here);
    return State::call(wire, *id, std::move(here));
}

std::expected<std::shared_ptr<Stream>, Status> Client::stream(std::string_view service,
                                                              std::string_view method,
                                                              std::string payload, Sends sends,
                                                              Metadata const& metadata) {
    auto const& wire = state_->wire;
    bool const more = sends == Sends::more;
    auto const id = wire->request({service, method, {}, 0, {metadata.begin(), metadata.end()}},
                                  more ? remote_open : remote_closed, std::move(payload));
    if (!id) return std::unexpected(id.error());
    auto stream = std::make_shared<Stream>(wire, *id, Stream::Side::client, more);
    wire->streams.emplace(*id, stream);
    return stream;
}

bool Client::connected() const { return state_->wire->is_open(); }
void Client::close() { state_->wire->close(); }

} // namespace davit::shim::wire
