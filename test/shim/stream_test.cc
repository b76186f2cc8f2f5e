// SPDX-License-Identifier: Apache-2.0
// test/shim/stream_test.cc - ttrpc's streaming calls, on both sides.
#include "wire/stream.h"

#include <boost/asio/use_awaitable.hpp>

#include "peer.h"
#include "wire/client.h"
#include "wire/server.h"

using namespace davit;
using namespace davit::shim;
using wire::Client;
using wire::Code;
using wire::FrameType;
using wire::no_data;
using wire::Reply;

namespace {

constexpr auto opened = wire::remote_open, closed = wire::remote_closed;

struct Fixture {
    Fixture() { server.begin(); }

    static asio::awaitable<Reply> handle(wire::Call call) {
        if (!call.stream) co_return std::unexpected(wire::Status{Code::invalid_argument, "unary"});
        auto& stream = *call.stream;
        std::string all(call.payload);
        if (call.method == "Sum") { // many in, one out
            for (;;) {
                auto next = co_await stream.receive();
                if (!next) co_return std::unexpected(next.error());
                if (!*next) co_return all;
                all += **next;
            }
        }
        if (call.method == "Count") { // one in, many out
            for (char digit = '1'; digit <= '3'; ++digit)
                (void)co_await stream.send(std::string(1, digit));
            co_return "";
        }
        if (call.method == "Refuse")
            co_return std::unexpected(wire::Status{Code::not_found, "no such thing"});
        if (call.method == "Nothing") { // many out, of which there are none
            stream.close();
            co_return "";
        }
        if (call.method == "Ignore") {
            co_await wire::cancellable();
            asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
            co_await timer.async_wait(asio::use_awaitable);
        }
        for (;;) { // "Echo"
            auto next = co_await stream.receive();
            if (!next) co_return std::unexpected(next.error());
            if (!*next) co_return "";
            if (auto sent = co_await stream.send("<" + **next + ">"); !sent)
                co_return std::unexpected(sent.error());
        }
    }

    asio::io_context loop{1};
    Listening listening;
    wire::Server server{loop, Fd(::dup(listening.socket.number())), handle};
    Peer peer{loop, listening.connect()};
};

std::string text(std::optional<wire::Frame> const& frame) {
    return frame ? std::string(frame->data.view()) : "nothing";
}

} // namespace

TEST_CASE("both directions: messages, and the end is a data frame", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Echo", "", {}, opened) + data(1, "a") + data(1, "", no_data)
                 + data(1, ""));
    CHECK(text(it.peer.receive()) == "<a>");
    CHECK(text(it.peer.receive()) == "<>");
    it.peer.send(data(1, "last", closed));
    CHECK(text(it.peer.receive()) == "<last>");
    auto const end = it.peer.receive();
    CHECK(end->header.type == FrameType::data);
    CHECK(end->header.flags == (closed | no_data));
    it.peer.send(data(1, "more"));
    CHECK(it.peer.answer()
          == Peer::Answer{1, Code::invalid_argument, "StreamID is no longer active"});
}

TEST_CASE("many in, one out: the end is a response", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Sum", "0", {}, opened) + data(1, "1")
                 + request(3, "Sum", "x", {}, opened) + data(3, "y") + data(1, "2")
                 + data(3, "", closed | no_data));
    CHECK(it.peer.answer() == Peer::Answer{3, Code::ok, "xy"});
    it.peer.send(data(1, "", closed | no_data));
    CHECK(it.peer.answer() == Peer::Answer{1, Code::ok, "012"});
}

TEST_CASE("one in, many out, or none", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Count", "", {}, closed));
    for (auto const* expected : {"1", "2", "3"}) CHECK(text(it.peer.receive()) == expected);
    CHECK(it.peer.receive()->header.flags == (closed | no_data));
    it.peer.send(request(3, "Nothing", "", {}, closed));
    CHECK(it.peer.receive()->header.flags == (closed | no_data));
    it.peer.send(request(5, "Refuse", "", {}, opened));
    CHECK(it.peer.answer() == Peer::Answer{5, Code::not_found, "no such thing"});
    it.peer.send(request(7, "Echo", ""));
    CHECK(it.peer.answer() == Peer::Answer{7, Code::invalid_argument, "unary"});
}

TEST_CASE("a stream that nobody reads ends its call, and no other", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Ignore", "", {}, opened));
    for (std::size_t i = 0; i <= wire::Stream::max_waiting; ++i) it.peer.send(data(1, "x"));
    CHECK(it.peer.answer() == Peer::Answer{1, Code::resource_exhausted, "stream buffer full"});
    it.peer.send(request(3, "Sum", "a", {}, opened) + data(3, "", closed | no_data)
                 + data(3, "late"));
    CHECK(it.peer.receive()->header.stream == 3);
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 0; }));
}

TEST_CASE("data after the end of data ends the call", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Ignore", "", {}, opened) + data(1, "", closed | no_data)
                 + data(1, "x"));
    CHECK(it.peer.answer()
          == Peer::Answer{1, Code::invalid_argument, "data after the end of the stream's data"});
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 0; }));
}

TEST_CASE("a peer that goes ends its streams", "[stream]") {
    Fixture it;
    it.peer.send(request(1, "Echo", "", {}, opened) + request(3, "Ignore", "", {}, opened));
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 2; }));
    it.peer.socket.reset();
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 0; }));
}

TEST_CASE("our client's streams, with our server", "[stream]") {
    Fixture it;
    auto client = result_of(it.loop, Client::connect(it.listening.path));
    REQUIRE(client);
    auto const receive = [&](auto const& stream) { return result_of(it.loop, stream->receive()); };
    auto const echo = *client->stream("test.Service", "Echo", "");
    for (auto const* word : {"one", "", "three"}) {
        REQUIRE(result_of(it.loop, echo->send(word)));
        CHECK(receive(echo)->value() == "<" + std::string(word) + ">");
    }
    echo->close();
    CHECK_FALSE(receive(echo)->has_value());
    CHECK_FALSE(result_of(it.loop, echo->send("after the end")));

    auto const sum = *client->stream("test.Service", "Sum", "0");
    REQUIRE(result_of(it.loop, sum->send("1")));
    sum->close();
    CHECK(receive(sum)->value() == "01");
    CHECK_FALSE(receive(sum)->has_value());

    auto const count = *client->stream("test.Service", "Count", "", Client::Sends::nothing_more);
    for (auto const* digit : {"1", "2", "3"}) CHECK(receive(count)->value() == digit);
    CHECK_FALSE(receive(count)->has_value());

    auto const refused = *client->stream("test.Service", "Refuse", "");
    auto const end = receive(refused);
    REQUIRE_FALSE(end);
    CHECK(end.error().code == Code::not_found);
    CHECK_FALSE(result_of(it.loop, refused->send("x")));
    client->close();
}
