// SPDX-License-Identifier: Apache-2.0
// test/shim/peer.h - the other end of a ttrpc socket: sends and reads frame by frame what a test
// says, while the loop of the tested end runs.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include "catch.h"
#include "davit/fd.h"
#include "wire/frame.h"
#include "wire/ttrpc.h"

namespace davit::shim {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A listening socket at a path of its own.
struct Listening {
    Listening() : socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        static int count = 0;
        path = "/tmp/davit-shim-unit-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
        auto const at = address();
        REQUIRE(::bind(socket.number(), reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0);
        REQUIRE(::listen(socket.number(), 128) == 0);
    }
    ~Listening() { ::unlink(path.c_str()); }
    sockaddr_un address() const {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, path.data(), path.size());
        return at;
    }
    Fd connect() const {
        Fd peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto const at = address();
        REQUIRE(::connect(peer.number(), reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0);
        REQUIRE(::fcntl(peer.number(), F_SETFL, O_NONBLOCK) == 0);
        return peer;
    }

    Fd socket;
    std::string path;
};

/// Runs the loop until `done`, at most for some seconds.
template <class Done>
bool run_until(asio::io_context& loop, Done done, std::chrono::milliseconds most = 10s) {
    auto const end = std::chrono::steady_clock::now() + most;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        if (loop.stopped()) loop.restart();
        loop.run_one_for(1ms);
    }
    return true;
}

template <class T>
asio::awaitable<void> store(asio::awaitable<T> coroutine, std::optional<T>& result) {
    result = co_await std::move(coroutine);
}
/// Runs a coroutine to its end.
template <class T>
T result_of(asio::io_context& loop, asio::awaitable<T> coroutine) {
    std::optional<T> result;
    asio::co_spawn(loop, store(std::move(coroutine), result),
                   [](std::exception_ptr exception) { CHECK_FALSE(exception); });
    REQUIRE(run_until(loop, [&] { return result.has_value(); }));
    return std::move(*result);
}

inline std::string frame(std::uint32_t stream, wire::FrameType type, std::uint8_t flags,
                         std::string const& data) {
    char header[wire::header_size];
    wire::print({static_cast<std::uint32_t>(data.size()), stream, type, flags}, header);
    return std::string(header, sizeof header) + data;
}
inline std::string request(std::uint32_t stream, std::string_view method, std::string_view payload,
                           std::chrono::nanoseconds timeout = {}, std::uint8_t flags = 0) {
    return frame(stream, wire::FrameType::request, flags,
                 wire::encode(wire::Request{.service = "test.Service",
                                            .method = method,
                                            .payload = payload,
                                            .timeout_nano = timeout.count(),
                                            .metadata = {{"key", "value"}}}));
}
inline std::string data(std::uint32_t stream, std::string const& message, std::uint8_t flags = 0) {
    return frame(stream, wire::FrameType::data, flags, message);
}

struct Peer {
    Peer(asio::io_context& loop_, Fd socket_) : loop(loop_), socket(std::move(socket_)) {}

    void send(std::string_view bytes) {
        REQUIRE(run_until(loop, [&] {
            auto const count = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
            return bytes.empty();
        }));
    }
    /// The next frame; none if the other end has closed.
    std::optional<wire::Frame> receive() {
        std::optional<wire::Frame> frame;
        bool closed = false;
        REQUIRE(run_until(loop, [&] {
            std::string_view rest = received;
            frame = reader.take(rest);
            received.erase(0, received.size() - rest.size());
            if (frame) return true;
            char bytes[65536];
            auto const count = ::recv(socket.number(), bytes, sizeof bytes, 0);
            if (count > 0) received.append(bytes, static_cast<std::size_t>(count));
            closed = count == 0 || (count < 0 && errno == ECONNRESET);
            return closed;
        }));
        return frame;
    }
    struct Answer {
        std::uint32_t stream = 0;
        wire::Code code = wire::Code::ok;
        std::string text; ///< the payload, or the failure's message
        bool operator==(Answer const&) const = default;
    };
    Answer answer() {
        auto const frame = receive();
        REQUIRE(frame);
        REQUIRE(frame->header.type == wire::FrameType::response);
        REQUIRE(frame->header.flags == 0);
        auto const response = wire::decode<wire::Response>(frame->data.view());
        REQUIRE(response);
        if (!response->status) return {frame->header.stream, {}, std::string(response->payload)};
        return {frame->header.stream, response->status->code,
                std::string(response->status->message)};
    }
    bool closed() { return !receive(); }

    asio::io_context& loop;
    Fd socket;
    std::string received;
    wire::FrameReader reader{std::make_shared<wire::Budget>(64u << 20)};
};

} // namespace davit::shim
