// SPDX-License-Identifier: Apache-2.0
// test/shim/go_test.cc - containerd's ttrpc calls our server, and our client calls its server.
// argv: test/shim/go/peer.go, built; a directory for the test.
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "wire/client.h"
#include "wire/server.h"

using namespace davit::shim;
using namespace std::chrono_literals;
using wire::Client;
using wire::Code;
using wire::Reply;
namespace asio = boost::asio;

namespace {

struct Text {
    std::string text;
};
constexpr auto fields(wire::Tag<Text>) { return wire::in_order<&Text::text>(); }

int failures = 0;
void check(bool good, char const* what) {
    if (good) return;
    ++failures;
    std::printf("FAILED: %s\n", what);
}

asio::awaitable<Reply> handle(wire::Call call) {
    std::string const method(call.method), name(call.header("containerd-namespace-ttrpc"));
    auto const request = call.take<Text>();
    if (!request) co_return std::unexpected(request.error());
    asio::steady_timer timer(co_await asio::this_coro::executor, 20ms);
    if (method == "Slow") co_await timer.async_wait(asio::use_awaitable);
    if (method == "Echo" || method == "Slow") co_return wire::encode(*request);
    if (method == "Namespace") co_return wire::encode(Text{name});
    if (method == "NotFound")
        co_return std::unexpected(wire::Status{Code::not_found, "no \"" + request->text + '"'});
    if (method == "Wait") {
        co_await wire::cancellable();
        timer.expires_after(1h);
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return std::unexpected(wire::Status{Code::unimplemented, "method " + method});
}

pid_t spawn(char* peer, char const* role, std::string const& path) {
    std::string arguments[] = {role, path};
    char* argv[] = {peer, arguments[0].data(), arguments[1].data(), nullptr};
    pid_t pid = -1;
    check(::posix_spawn(&pid, peer, nullptr, nullptr, argv, environ) == 0, "posix_spawn");
    return pid;
}

void with_its_client(char* peer, std::string const& path) {
    asio::io_context loop{1};
    davit::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path.data(), path.size());
    check(::bind(socket.number(), reinterpret_cast<sockaddr const*>(&at), sizeof at) == 0, "bind");
    check(::listen(socket.number(), 16) == 0, "listen");
    wire::Server server(loop, std::move(socket), handle);
    server.begin();
    auto const pid = spawn(peer, "client", path);
    int status = -1;
    while (::waitpid(pid, &status, WNOHANG) == 0) loop.run_for(20ms);
    check(status == 0, "its client");
    loop.run_for(20ms);
    check(server.calls() == 0 && server.connections() == 0, "nothing is left of its client");
}

asio::awaitable<Reply> call(Client& client, char const* method, std::string text,
                            std::chrono::nanoseconds timeout = 10s) {
    return client.call("test.Service", method, wire::encode(Text{std::move(text)}), timeout,
                       {{"containerd-namespace-ttrpc", "k8s.io"}});
}
bool is(Reply const& reply, std::string const& text) {
    return reply && wire::decode<Text>(*reply)->text == text;
}
bool is(Reply const& reply, Code code) { return !reply && reply.error().code == code; }

asio::awaitable<void> one_of_many(Client client, int i, int& done) {
    std::string const text(static_cast<std::size_t>(i) * 37, 'y');
    check(is(co_await call(client, i % 2 ? "Echo" : "Slow", text), text), "one of many");
    ++done;
}

asio::awaitable<void> call_its_server(std::string path, bool& finished) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    auto connected = co_await Client::connect(path);
    for (int i = 0; !connected && i < 500; ++i) { // it is starting
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
        connected = co_await Client::connect(path);
    }
    check(connected.has_value(), "connect");
    if (!connected) co_return;
    auto& client = *connected;
    check(is(co_await call(client, "Echo", "hello"), "hello"), "Echo");
    check(is(co_await call(client, "Echo", ""), ""), "Echo of nothing");
    std::string const big(3 << 20, 'x');
    check(is(co_await call(client, "Echo", big), big), "Echo of 3 MiB");
    check(is(co_await call(client, "Echo", std::string(4 << 20, 'x')), Code::resource_exhausted),
          "Echo of 4 MiB");
    check(is(co_await call(client, "Missing", ""), Code::unimplemented), "Missing");
    auto const missing = co_await call(client, "NotFound", "it");
    check(is(missing, Code::not_found) && missing.error().message == "no \"it\"", "NotFound");
    check(is(co_await call(client, "Wait", "", 50ms), Code::deadline_exceeded), "Wait");
    check(is(co_await call(client, "Namespace", ""), "k8s.io"), "metadata");
    int done = 0;
    for (int i = 0; i < 500; ++i)
        asio::co_spawn(executor, one_of_many(client, i, done), asio::detached);
    while (done < 500) {
        timer.expires_after(5ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    check(is(co_await call(client, "Quit", ""), Code::unavailable),
          "its end in the middle of a call");
    finished = true;
}

void with_its_server(char* peer, std::string const& path) {
    asio::io_context loop{1};
    auto const pid = spawn(peer, "server", path);
    bool finished = false;
    asio::co_spawn(loop, call_its_server(path, finished), asio::detached);
    loop.run_for(30s);
    check(finished, "our client came to its end");
    if (!finished) ::kill(pid, SIGKILL);
    int status = -1;
    check(::waitpid(pid, &status, 0) == pid && status == 0, "its server");
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::string const directory = argv[2];
    with_its_client(argv[1], directory + "/ours.sock");
    with_its_server(argv[1], directory + "/its.sock");
    std::printf("conformance with containerd's ttrpc: %d failures\n", failures);
    return failures != 0;
}
