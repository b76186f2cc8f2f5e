// SPDX-License-Identifier: Apache-2.0
// test/shim/server_test.cc - the rules of ttrpc's unary calls, and peers that break them.
#include "wire/server.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "peer.h"
#include "wire/channel.h"

using namespace davit;
using namespace davit::shim;
using wire::Code;
using wire::FrameType;

namespace {

struct Fixture {
    explicit Fixture(wire::Limits limits = {})
        : server(
              loop, Fd(::dup(listening.socket.number())),
              [this](wire::Call call) { return handle(std::move(call)); }, limits) {
        server.begin();
    }

    asio::awaitable<wire::Reply> handle(wire::Call call) {
        wire::Timer timer(loop.get_executor(), 5ms);
        ++begun;
        if (call.method == "Echo")
            co_return std::string(call.header("key")) + ":" + std::string(call.payload);
        if (call.method == "Empty") co_return "";
        if (call.method == "Slow") {
            co_await wire::sleep(timer);
            ++ended;
            co_return std::string(call.payload);
        }
        if (call.method == "Held") {
            while (held) {
                timer.expires_after(1ms);
                co_await wire::sleep(timer);
            }
            co_return "last words";
        }
        if (call.method == "Wait") { // drops the request's bytes, as Wait does
            auto const request = call.take<wire::Any>();
            co_await wire::cancellable();
            timer.expires_after(1h);
            struct Gone {
                int& cancelled;
                ~Gone() { ++cancelled; }
            } gone{cancelled};
            co_await wire::sleep(timer);
            co_await wire::sleep(timer); // throws: it is cancelled
            co_return "";
        }
        if (call.method == "Keep") {
            kept.push_back(std::move(call));
            co_return "";
        }
        if (call.method == "Throw") throw std::runtime_error("thrown");
        if (call.method == "Big") co_return std::string(std::stoul(std::string(call.payload)), 'b');
        if (call.method == "Nothing")
            co_return std::unexpected(wire::Status{Code::ok, "a failure without a code"});
        co_return std::unexpected(
            wire::Status{Code::unimplemented, "method " + std::string(call.method)});
    }
    Peer peer() { return {loop, listening.connect()}; }
    using Answer = Peer::Answer;

    asio::io_context loop{1};
    Listening listening;
    bool held = true;
    int begun = 0, ended = 0, cancelled = 0;
    std::vector<wire::Call> kept;
    wire::Server server;
};

} // namespace

TEST_CASE("a call is answered under its id", "[server]") {
    Fixture it;
    auto peer = it.peer();
    peer.send(request(1, "Echo", "hello"));
    CHECK(peer.answer() == Peer::Answer{1, Code::ok, "value:hello"});
    peer.send(request(3, "Empty", ""));
    auto const frame = peer.receive();
    CHECK(frame->header.stream == 3);
    CHECK(frame->header.length == 0);
    peer.send(request(5, "Strange", ""));
    CHECK(peer.answer() == Peer::Answer{5, Code::unimplemented, "method Strange"});
    peer.send(request(7, "Throw", ""));
    CHECK(peer.answer() == Peer::Answer{7, Code::internal, "thrown"});
    peer.send(request(9, "Nothing", ""));
    CHECK(peer.answer() == Peer::Answer{9, Code::unknown, "a failure without a code"});
    CHECK(it.server.calls() == 0);
}

TEST_CASE("calls in progress don't wait for each other", "[server]") {
    Fixture it;
    auto peer = it.peer();
    peer.send(request(1, "Wait", "") + request(3, "Slow", "slow") + request(5, "Echo", "quick"));
    CHECK(peer.answer() == Peer::Answer{5, Code::ok, "value:quick"});
    CHECK(peer.answer() == Peer::Answer{3, Code::ok, "slow"});
    CHECK(it.server.calls() == 1);
    std::string many;
    for (std::uint32_t id = 7; id < 2007; id += 2)
        many += request(id, id % 4 == 3 ? "Slow" : "Echo", std::to_string(id));
    peer.send(many);
    std::vector<bool> seen(2007);
    for (int i = 0; i < 1000; ++i) {
        auto const answer = peer.answer();
        auto const expected = std::to_string(answer.stream);
        CHECK(answer.text == (answer.stream % 4 == 3 ? "" : "value:") + expected);
        CHECK_FALSE(seen.at(answer.stream));
        seen[answer.stream] = true;
    }
}

TEST_CASE("frames may come byte by byte, and several at once", "[server]") {
    Fixture it;
    auto peer = it.peer();
    for (char const byte : request(1, "Echo", "a") + request(3, "Echo", "b")) {
        peer.send({&byte, 1});
        it.loop.poll();
    }
    CHECK(peer.answer().text == "value:a");
    CHECK(peer.answer().text == "value:b");
    std::string const big(3'000'000, 'x');
    peer.send(request(5, "Echo", big) + request(7, "Echo", "c"));
    CHECK(peer.answer().text == "value:" + big);
    CHECK(peer.answer().text == "value:c");
}

TEST_CASE("stream ids are odd and ascend", "[server]") {
    Fixture it;
    auto peer = it.peer();
    auto const odd = "StreamID must be odd for client initiated streams";
    auto const again = "StreamID cannot be re-used and must increment";
    peer.send(request(2, "Echo", ""));
    CHECK(peer.answer() == Peer::Answer{2, Code::invalid_argument, odd});
    peer.send(request(0, "Echo", ""));
    CHECK(peer.answer() == Peer::Answer{0, Code::invalid_argument, odd});
    peer.send(request(9, "Wait", "") + request(9, "Echo", ""));
    CHECK(peer.answer() == Peer::Answer{9, Code::invalid_argument, again});
    peer.send(request(7, "Echo", ""));
    CHECK(peer.answer() == Peer::Answer{7, Code::invalid_argument, again});
    peer.send(request(0xFFFF'FFFF, "Echo", "last"));
    CHECK(peer.answer().text == "value:last");
    CHECK(it.begun == 2);
}

TEST_CASE("what makes no sense is refused, and the connection lives on", "[server]") {
    Fixture it;
    auto peer = it.peer();
    peer.send(frame(1, FrameType::request, 0, "\xFF\xFF\xFF"));
    CHECK(peer.answer().code == Code::invalid_argument);
    peer.send(data(3, "nobody's"));
    CHECK(peer.answer() == Peer::Answer{3, Code::invalid_argument, "StreamID is no longer active"});
    peer.send(request(5, "Wait", "") + data(5, "to a call that is no stream"));
    CHECK(peer.answer() == Peer::Answer{5, Code::invalid_argument, "StreamID is no longer active"});
    peer.send(frame(7, static_cast<FrameType>(9), 0, "of the future"));
    peer.send(frame(7, FrameType::response, 0, "to a server"));
    peer.send(request(7, "Echo", ""));
    CHECK(peer.answer().text == "value:");
}

TEST_CASE("a message that is too long is read, dropped and refused", "[server]") {
    Fixture it;
    auto peer = it.peer();
    peer.send(frame(1, FrameType::request, 0, std::string(wire::max_data + 1, 'x')));
    auto const refused = "message length 4194305 exceed maximum message size of 4194304";
    CHECK(peer.answer() == Peer::Answer{1, Code::resource_exhausted, refused});
    peer.send(request(1, "Echo", "next"));
    CHECK(peer.answer().text == "value:next");
    // The answer is held to it, too: tag, length and payload.
    peer.send(request(3, "Big", std::to_string(wire::max_data - 5)));
    CHECK(peer.answer().text.size() == wire::max_data - 5);
    peer.send(request(5, "Big", std::to_string(wire::max_data - 4)));
    CHECK(peer.answer() == Peer::Answer{5, Code::resource_exhausted, refused});
}

TEST_CASE("after its timeout a call is answered, and what it does goes on", "[server]") {
    Fixture it;
    auto peer = it.peer();
    peer.send(request(1, "Slow", "late", 1ms));
    CHECK(peer.answer() == Peer::Answer{1, Code::deadline_exceeded, "context deadline exceeded"});
    REQUIRE(run_until(it.loop, [&] { return it.ended == 1; }));
    peer.send(request(3, "Wait", "", 1ms)); // while one that only waits is cancelled
    CHECK(peer.answer() == Peer::Answer{3, Code::deadline_exceeded, "context deadline exceeded"});
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 0; }));
    CHECK(it.cancelled == 1);
    peer.send(request(5, "Echo", "in time", 1h)
              + request(7, "Echo", "", std::chrono::nanoseconds::max()));
    CHECK(peer.answer().text == "value:in time");
    CHECK(peer.answer().stream == 7);
    peer.send(request(9, "Slow", "", -1ns));
    CHECK(peer.answer().code == Code::deadline_exceeded);
}

TEST_CASE("a peer that goes: waiting calls are cancelled, others end", "[server]") {
    Fixture it;
    {
        auto peer = it.peer();
        peer.send(request(1, "Wait", "") + request(3, "Slow", "") + request(5, "Wait", "", 1h));
        REQUIRE(run_until(it.loop, [&] { return it.begun == 3; }));
        peer.send(request(7, "Echo", "half of it").substr(0, 15)); // in the middle of a frame
    }
    REQUIRE(run_until(it.loop, [&] { return it.server.calls() == 0; }));
    CHECK(it.server.connections() == 0);
    CHECK(it.cancelled == 2);
    CHECK(it.ended == 1);
    CHECK(it.begun == 3);
    auto peer = it.peer();
    peer.send(request(1, "Echo", ""));
    CHECK(peer.answer().text == "value:");
}

TEST_CASE("a peer that is gone before it is answered", "[server]") {
    Fixture it;
    for (int i = 0; i < 20; ++i) {
        auto peer = it.peer();
        peer.send(request(1, "Slow", std::string(100'000, 'x')) + request(3, "Echo", ""));
        ::shutdown(peer.socket.number(), i % 2 ? SHUT_RD : SHUT_RDWR);
    }
    REQUIRE(run_until(it.loop, [&] { return it.ended == 20 && it.server.connections() == 0; }));
    CHECK(it.server.calls() == 0);
}

TEST_CASE("a peer that doesn't read isn't read, and costs no more than the limits", "[server]") {
    Fixture it;
    auto peer = it.peer();
    std::string sent;
    std::uint32_t id = 1;
    // As much as it takes.
    REQUIRE(run_until(it.loop, [&] {
        if (sent.empty()) sent = request(id, "Big", "50000"), id += 2;
        auto const count = ::send(peer.socket.number(), sent.data(), sent.size(), MSG_NOSIGNAL);
        if (count > 0) return sent.erase(0, static_cast<std::size_t>(count)), false;
        for (int i = 0; i < 100; ++i) it.loop.poll();
        return ::send(peer.socket.number(), sent.data(), sent.size(), MSG_NOSIGNAL) < 0;
    }));
    // Socket buffers, and `unread` plus the answers to the requests of one read of 4096 bytes.
    CHECK(it.begun < 100 + 2000);
    auto const before = it.begun;
    for (int i = 0; i < 100; ++i) it.loop.poll();
    CHECK(it.begun == before);
    auto another = it.peer(); // isn't hindered
    another.send(request(1, "Echo", "hi"));
    CHECK(another.answer().text == "value:hi");
    for (int i = 0; i < before; ++i)
        CHECK(peer.answer().stream == 2u * static_cast<unsigned>(i) + 1);
}

TEST_CASE("the limits: calls, bytes, answers, connections", "[server]") {
    Fixture it(
        {.connections = 2, .calls = 5, .calls_of_one = 3, .received = 8192, .answers = 1 << 20});
    auto peer = it.peer();
    std::string calls;
    for (std::uint32_t id = 1; id <= 7; id += 2) calls += request(id, "Wait", "");
    peer.send(calls);
    auto const too_many = "too many calls are in progress";
    CHECK(peer.answer() == Peer::Answer{7, Code::resource_exhausted, too_many});
    auto second = it.peer();
    second.send(calls);
    CHECK(second.answer() == Peer::Answer{5, Code::resource_exhausted, too_many});
    CHECK(second.answer() == Peer::Answer{7, Code::resource_exhausted, too_many});

    auto third = it.peer(); // waits until one of them goes
    third.send(request(1, "Echo", "at last"));
    REQUIRE_FALSE(run_until(it.loop, [&] { return it.server.connections() > 2; }, 20ms));
    {
        auto const gone = std::move(second);
    }
    CHECK(third.answer().text == "value:at last");

    third.send(request(3, "Big", "2000000"));
    CHECK(third.answer()
          == Peer::Answer{3, Code::resource_exhausted, "answers of too many bytes are unread"});
    third.send(request(5, "Keep", std::string(3000, 'x')));
    CHECK(third.answer() == Peer::Answer{5, Code::ok, ""});
    third.send(request(7, "Echo", std::string(6000, 'x')));
    CHECK(third.answer()
          == Peer::Answer{7, Code::resource_exhausted, "requests of too many bytes are waiting"});
    it.kept.clear();
    third.send(request(9, "Echo", std::string(6000, 'x')));
    CHECK(third.answer().code == Code::ok);
}

TEST_CASE("a flood of frames that are refused stays within bounds", "[server]") {
    Fixture it;
    auto peer = it.peer();
    std::string flood;
    for (int i = 0; i < 100'000; ++i) flood += data(1, "");
    std::string_view rest = flood;
    REQUIRE(run_until(it.loop, [&] { // until it isn't taken any more
        auto const count = ::send(peer.socket.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
        for (int i = 0; count <= 0 && i < 50; ++i) it.loop.poll();
        return count <= 0 || rest.empty();
    }));
    int answers = 0;
    while (!rest.empty() || answers < 100'000) {
        if (!rest.empty()) {
            auto const count = ::send(peer.socket.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
        }
        REQUIRE(peer.answer().code == Code::invalid_argument);
        ++answers;
    }
    CHECK(answers == 100'000);
}

TEST_CASE("stop: the last answers are sent, then all is closed and the loop has no work",
          "[server]") {
    Fixture it;
    auto peer = it.peer(), idle = it.peer();
    peer.send(request(1, "Held", "") + request(3, "Wait", ""));
    REQUIRE(run_until(it.loop, [&] { return it.begun == 2 && it.server.connections() == 2; }));
    it.server.stop();
    CHECK(idle.closed());
    CHECK(peer.answer() == Peer::Answer{3, Code::canceled, "context canceled"});
    peer.send(request(5, "Echo", ""));
    CHECK(peer.answer() == Peer::Answer{5, Code::unavailable, "the shim is shutting down"});
    it.held = false;
    CHECK(peer.answer() == Peer::Answer{1, Code::ok, "last words"});
    CHECK(peer.closed());
    if (it.loop.stopped()) it.loop.restart();
    it.loop.run(); // returns
    CHECK(it.server.connections() == 0);
}

TEST_CASE("a server that is destroyed closes what is open", "[server]") {
    asio::io_context loop;
    Listening listening;
    std::optional<wire::Server> server(
        std::in_place, loop, Fd(::dup(listening.socket.number())),
        [](wire::Call) -> asio::awaitable<wire::Reply> { co_return ""; });
    server->begin();
    Peer peer(loop, listening.connect());
    peer.send(request(1, "Any", ""));
    CHECK(peer.answer().stream == 1);
    server.reset();
    CHECK(peer.closed());
}

TEST_CASE("another user isn't listened to", "[server][root]") {
    if (unit::skip_unless(::geteuid() == 0, "not root")) return;
    Fixture it;
    ::chmod(it.listening.path.c_str(), 0777);
    for (auto const& [uid, gid] : {std::pair{65534, 65534}, {65534, 0}, {0, 65534}}) {
        auto const child = ::fork();
        if (child == 0) {
            if (::setresgid(gid, gid, gid) != 0 || ::setresuid(uid, uid, uid) != 0) ::_exit(2);
            Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            auto const at = it.listening.address();
            if (::connect(socket.number(), reinterpret_cast<sockaddr const*>(&at), sizeof at) != 0)
                ::_exit(3);
            auto const bytes = request(1, "Echo", "");
            (void)::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            char byte;
            ::_exit(::recv(socket.number(), &byte, 1, 0) <= 0 ? 0 : 1);
        }
        int status = -1;
        REQUIRE(run_until(it.loop, [&] { return ::waitpid(child, &status, WNOHANG) == child; }));
        CHECK(status == 0);
        CHECK(it.begun == 0);
    }
}
