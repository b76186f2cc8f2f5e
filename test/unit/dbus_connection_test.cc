// SPDX-License-Identifier: Apache-2.0
// unit/dbus_connection_test.cc - dbus/connection.cc against peers that hang, die, send nonsense or
// floods, and one that is correct.
#include <sys/socket.h>
#include <sys/un.h>

#include "catch.h"
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "dbus/connection.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace std::chrono_literals;
using dbus::Connection;
using dbus::Deadline;

/// One connection at a time, each treated by the next of `scripts`.
class Server {
  public:
    using Script = std::function<void(int fd)>;

    explicit Server(Script script) : path_(directory_ / "bus"), script_(std::move(script)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path_.c_str());
        listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto const* const generic = reinterpret_cast<sockaddr const*>(&address);
        REQUIRE(::bind(listener_.number(), generic, sizeof address) == 0);
        REQUIRE(::listen(listener_.number(), 8) == 0);
        thread_ = std::thread([this] {
            Fd const one(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
            if (one) script_(one.number());
        });
    }
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;
    ~Server() {
        ::shutdown(listener_.number(), SHUT_RDWR);
        thread_.join();
    }
    [[nodiscard]] std::string const& path() const { return path_; }

  private:
    test::TemporaryDirectory directory_;
    std::string path_;
    Script script_;
    Fd listener_;
    std::thread thread_;
};

void say(int fd, std::string_view words) {
    while (!words.empty()) {
        auto const n = ::send(fd, words.data(), words.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        words.remove_prefix(static_cast<std::size_t>(n));
    }
}

/// Waits until the other side has gone.
void hang(int fd) {
    char byte;
    while (::recv(fd, &byte, 1, 0) > 0) {
    }
}

/// All of the client's part up to BEGIN.
void hear_begin(int fd) {
    std::string heard;
    char byte;
    while (!heard.ends_with("BEGIN\r\n") && ::recv(fd, &byte, 1, 0) == 1) heard += byte;
}

void welcome(int fd) {
    hear_begin(fd);
    say(fd, "DATA\r\nOK 0123456789abcdef\r\nAGREE_UNIX_FD\r\n");
}

dbus::Message hear_call(int fd) {
    std::string bytes(dbus::head_size, '\0');
    if (::recv(fd, bytes.data(), bytes.size(), MSG_WAITALL) <= 0) return {};
    auto const size = dbus::size_of(bytes);
    if (!size) return {};
    bytes.resize(*size);
    auto const rest = *size - dbus::head_size;
    if (rest) (void)::recv(fd, bytes.data() + dbus::head_size, rest, MSG_WAITALL);
    return dbus::decode(bytes).value_or(dbus::Message());
}

std::string reply_to(dbus::Message const& call, std::string_view words) {
    dbus::Message reply;
    reply.type = dbus::MessageType::reply;
    reply.serial = 1;
    reply.reply_to = call.serial;
    reply.arguments = {dbus::string(words)};
    return dbus::encode(reply);
}

std::string signal_of(std::string_view member) {
    dbus::Message signal = dbus::call("", "/p", "i.f", member);
    signal.type = dbus::MessageType::signal;
    signal.serial = 2;
    return dbus::encode(signal);
}

Result<Connection> open(Server const& server, std::chrono::milliseconds patience = 5s) {
    return Connection::open(server.path(), Connection::Peer::direct, Deadline(patience));
}

Result<dbus::Message> ask(Connection& connection, std::chrono::milliseconds patience = 5s) {
    return connection.call(dbus::call("", "/p", "i.f", "Ask"), Deadline(patience));
}

/// How long a call to `script`, which never answers, keeps davit waiting.
int kept_for(Server::Script script) {
    Server const server(std::move(script));
    auto const begin = std::chrono::steady_clock::now();
    auto connection = open(server, 300ms);
    auto const error = connection ? ask(*connection, 300ms).error() : connection.error();
    CHECK(error.errnum == ETIMEDOUT);
    auto const time = std::chrono::steady_clock::now() - begin;
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

} // namespace

TEST_CASE("dbus: an answer, and the signals before it", "[dbus]") {
    Server const server([](int fd) {
        welcome(fd);
        auto const call = hear_call(fd);
        for (int i = 0; i < 200; ++i) say(fd, signal_of("Noise"));
        say(fd, signal_of("Wanted"));
        say(fd, reply_to({}, "to somebody else"));
        auto const answer = reply_to(call, call.member);
        for (char const& byte : answer) say(fd, {&byte, 1}); // in pieces
        hang(fd);
    });
    auto connection = open(server);
    REQUIRE(connection);
    auto const answer = ask(*connection);
    REQUIRE(answer);
    CHECK(answer->arguments == std::vector<dbus::Value>{dbus::string("Ask")});
    auto const wanted = [](dbus::Message const& m) { return m.member == "Wanted"; };
    CHECK(connection->wait_for(wanted, Deadline(5s)));
    auto const none = connection->wait_for(wanted, Deadline(100ms));
    REQUIRE_FALSE(none);
    CHECK(none.error().errnum == ETIMEDOUT);
}

TEST_CASE("dbus: a peer that hangs, at any point, or never stops, keeps us no longer than we said",
          "[dbus]") {
    CHECK(kept_for(hang) < 3000);
    CHECK(kept_for([](int fd) { say(fd, "DATA\r\nOK"), hang(fd); }) < 3000);
    CHECK(kept_for([](int fd) { welcome(fd), hang(fd); }) < 3000);
    CHECK(kept_for([](int fd) {
              welcome(fd);
              say(fd, signal_of("Half").substr(0, 20));
              hang(fd);
          })
          < 3000);
    CHECK(kept_for([](int fd) {
              welcome(fd);
              auto const noise = signal_of("Noise");
              while (::send(fd, noise.data(), noise.size(), MSG_NOSIGNAL) > 0) {
              }
          })
          < 3000);
}

TEST_CASE("dbus: a peer that dies, at any point, is an error at once", "[dbus]") {
    std::string const words = "DATA\r\nOK 01\r\nAGREE_UNIX_FD\r\n";
    for (std::size_t said = 0; said <= words.size(); said += 3) {
        Server const server([&](int fd) {
            hear_begin(fd);
            say(fd, std::string_view(words).substr(0, said));
        });
        auto connection = open(server);
        auto const answer = connection ? ask(*connection) : std::unexpected(connection.error());
        REQUIRE_FALSE(answer);
        CHECK((answer.error().errnum == ECONNRESET || answer.error().errnum == EPIPE));
    }
}

TEST_CASE("dbus: a peer that talks nonsense", "[dbus]") {
    for (std::string const& words : {std::string("REJECTED EXTERNAL\r\n"), std::string(5000, 'x'),
                                     std::string("\r\n"), std::string("DATA\r\nOK\r\nERROR\r\n")}) {
        Server const server([&](int fd) { hear_begin(fd), say(fd, words), hang(fd); });
        auto const connection = open(server);
        REQUIRE_FALSE(connection);
        CHECK(connection.error().errnum == 0);
    }
    for (std::string const& words : {std::string(64, 'x'), std::string(64, '\0'),
                                     std::string("l\2\0\1\xff\xff\xff\x7f\1\0\0\0\0\0\0\0", 16)}) {
        Server const server([&](int fd) { welcome(fd), say(fd, words), hang(fd); });
        auto connection = open(server);
        REQUIRE(connection);
        auto const answer = ask(*connection);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().story.find("the bus sent") != std::string::npos);
    }
}

TEST_CASE("dbus: nobody there", "[dbus]") {
    test::TemporaryDirectory const directory;
    auto const nobody = Connection::open(directory / "none", Connection::Peer::bus, Deadline(1s));
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().errnum == ENOENT);
    auto const wrong = Connection::open(std::string(200, '/'), Connection::Peer::bus, Deadline(1s));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().kind == Kind::config);
}
