// SPDX-License-Identifier: Apache-2.0
// test/shim/client_test.cc - our client: against our server, and against peers that a test plays.
#include "wire/client.h"

#include "peer.h"
#include "wire/server.h"

using namespace davit;
using namespace davit::shim;
using wire::Client;
using wire::Code;
using wire::FrameType;
using wire::Reply;

namespace {

/// A server that the test plays, frame by frame.
struct Played {
    Played() {
        auto connected = result_of(loop, Client::connect(listening.path));
        REQUIRE(connected);
        client = std::move(*connected);
        peer.emplace(loop, Fd(::accept4(listening.socket.number(), nullptr, nullptr,
                                        SOCK_CLOEXEC | SOCK_NONBLOCK)));
    }
    /// Begins a call, whose reply will be in `replies`.
    void call(std::string const& payload, std::chrono::nanoseconds timeout = 5s) {
        auto const at = replies.size();
        replies.emplace_back();
        asio::co_spawn(loop, client->call("s.S", "M", payload, timeout, {{"k", "v"}}),
                       [this, at](std::exception_ptr exception, Reply reply) {
                           CHECK_FALSE(exception);
                           replies[at] = std::move(reply);
                       });
    }
    Reply reply(std::size_t at) {
        REQUIRE(run_until(loop, [&] { return replies.at(at).has_value(); }));
        return *replies[at];
    }
    std::string ok(std::string_view payload) {
        return wire::encode(wire::Response{.status = {}, .payload = payload});
    }

    asio::io_context loop{1};
    Listening listening;
    std::optional<Client> client;
    std::optional<Peer> peer;
    std::vector<std::optional<Reply>> replies;
};

} // namespace

TEST_CASE("the client's calls: ids, timeout and metadata on the wire, answers in any order",
          "[client]") {
    Played it;
    it.call("first", 5s);
    it.call("second", 0s);
    auto const first = it.peer->receive(), second = it.peer->receive();
    CHECK(first->header.stream == 1);
    CHECK(first->header.flags == 0);
    CHECK(second->header.stream == 3);
    auto const request = wire::decode<wire::Request>(first->data.view());
    CHECK(request->service == "s.S");
    CHECK(request->method == "M");
    CHECK(request->payload == "first");
    CHECK(request->timeout_nano == 5'000'000'000);
    CHECK(request->metadata.at(0).key == "k");
    CHECK(request->metadata.at(0).value == "v");
    CHECK(wire::decode<wire::Request>(second->data.view())->timeout_nano == 0);
    it.peer->send(
        frame(3, FrameType::response, 0, it.ok("two"))
        + frame(77, FrameType::response, 0, it.ok("nobody's"))
        + frame(1, FrameType::response, 0, wire::encode_failure({Code::not_found, "no"})));
    CHECK(it.reply(1) == "two");
    REQUIRE_FALSE(it.reply(0));
    CHECK(it.reply(0).error().code == Code::not_found);
    CHECK(it.reply(0).error().message == "no");
}

TEST_CASE("the client's failures: timeout, what can't be read, a peer that closes", "[client]") {
    Played it;
    it.call("", 1ms);
    CHECK(it.reply(0).error().code == Code::deadline_exceeded);
    it.peer->send(frame(1, FrameType::response, 0, it.ok("too late")));
    it.call("");
    it.peer->send(frame(3, FrameType::response, 0, "\xFF"));
    CHECK(it.reply(1).error().code == Code::invalid_argument);
    it.call("");
    it.peer->send(frame(5, FrameType::response, 0, std::string(wire::max_data + 1, 'x')));
    CHECK(it.reply(2).error().code == Code::resource_exhausted);
    it.call(std::string(wire::max_data, 'x'));
    CHECK(it.reply(3).error().code == Code::resource_exhausted);
    it.call("");
    CHECK(it.client->connected());
    it.loop.poll();
    it.peer.reset();
    CHECK(it.reply(4).error().code == Code::unavailable);
    CHECK_FALSE(it.client->connected());
    it.call("");
    CHECK(it.reply(5).error().code == Code::unavailable);
}

TEST_CASE("a server that doesn't read: the client keeps 8 MiB and no more", "[client]") {
    Played it;
    for (int i = 0; i < 10; ++i) it.call(std::string(1 << 20, 'x'), 1h);
    REQUIRE(run_until(it.loop, [&] { return it.replies.at(9).has_value(); }));
    CHECK(it.reply(9).error().code == Code::resource_exhausted);
    CHECK_FALSE(it.replies[0].has_value());
    it.client->close();
    CHECK(it.reply(0).error().code == Code::unavailable);
}

TEST_CASE("connect() tells when nobody is there", "[client]") {
    asio::io_context loop;
    auto const none = result_of(loop, Client::connect("/nonexistent/davit.sock"));
    REQUIRE_FALSE(none);
    CHECK(none.error().code == Code::unavailable);
    CHECK(none.error().message
          == "cannot connect to \"/nonexistent/davit.sock\": No such file or directory");
    CHECK(result_of(loop, Client::connect(std::string(200, 'x'))).error().code
          == Code::invalid_argument);
}

TEST_CASE("our client and our server: a thousand calls, and the last copy closes", "[client]") {
    asio::io_context loop;
    Listening listening;
    wire::Server server(
        loop, Fd(::dup(listening.socket.number())),
        [](wire::Call call) -> asio::awaitable<Reply> { co_return std::string(call.payload); });
    server.begin();
    int good = 0;
    {
        auto client = result_of(loop, Client::connect(listening.path));
        REQUIRE(client);
        for (int i = 0; i < 1000; ++i) {
            auto const payload = std::string(static_cast<std::size_t>(i) * 10, 'x');
            asio::co_spawn(
                loop, client->call("s", "m", payload, 10s),
                [&, payload](std::exception_ptr, Reply reply) { good += reply == payload; });
        }
        REQUIRE(run_until(loop, [&] { return good == 1000; }));
        CHECK(server.connections() == 1);
    }
    CHECK(run_until(loop, [&] { return server.connections() == 0; }));
}
