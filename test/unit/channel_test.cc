// SPDX-License-Identifier: Apache-2.0
// unit/channel_test.cc - launch/channel.h: typed messages, one fd at most, and hostile peers.
#include "catch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <numeric>

#include "launch/channel.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace davit::launch;

struct Pair {
    Channel left, right;
    Pair() {
        Fd ends[2];
        REQUIRE(sys::socketpair(AF_UNIX, SOCK_SEQPACKET, ends));
        left = Channel(std::move(ends[0]));
        right = Channel(std::move(ends[1]));
    }
};

/// Sends what a peer that doesn't use Channel may send.
void send_raw(Channel const& channel, std::string const& bytes, std::vector<int> const& fds = {}) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    if (!fds.empty()) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
    }
    REQUIRE(::sendmsg(channel.number(), &message, 0) == static_cast<ssize_t>(bytes.size()));
}

std::string with_tag(std::uint16_t tag, std::string const& body) {
    return std::string(reinterpret_cast<char const*>(&tag), sizeof tag) + body;
}

template <std::size_t size>
struct Blob {
    static constexpr std::uint16_t tag = 99;
    std::array<unsigned char, size> bytes;
};

template <class... Messages>
constexpr bool tags_differ() {
    std::uint16_t const tags[] = {Messages::tag...};
    for (std::size_t i = 0; i < sizeof...(Messages); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (tags[i] == tags[j]) return false;
    return true;
}
static_assert(tags_differ<TakePlan, TakeNamespace, TakeGate, Commit, Go, Forked, TakeConsole, Ready,
                          Executing, Failed, Timings>());

TEST_CASE("channel: messages arrive in order, as they were") {
    Pair const pair;
    Failed failed{StepId::mounts, Detail::attach, 3, 4, EBUSY, "some words"};
    REQUIRE(pair.left.send(TakePlan{12345, 1}));
    REQUIRE(pair.left.send(Commit{}));
    REQUIRE(pair.left.send(failed));
    auto const plan = pair.right.expect<TakePlan>();
    REQUIRE(plan);
    CHECK(plan->size == 12345);
    CHECK(plan->trace == 1);
    CHECK(pair.right.expect<Commit>());
    auto const got = pair.right.expect<Failed>();
    REQUIRE(got);
    CHECK(got->step == StepId::mounts);
    CHECK(got->detail == Detail::attach);
    CHECK(got->item == 3);
    CHECK(got->errnum == EBUSY);
    CHECK(std::string(got->words) == "some words");
}

TEST_CASE("channel: the largest message, and one more byte") {
    Pair const pair;
    Blob<sizeof(Received::body)> blob{};
    std::iota(blob.bytes.begin(), blob.bytes.end(), static_cast<unsigned char>(0));
    REQUIRE(pair.left.send(blob));
    auto const got = pair.right.expect<decltype(blob)>();
    REQUIRE(got);
    CHECK(got->bytes == blob.bytes);

    send_raw(pair.left, with_tag(99, std::string(sizeof(Received::body) + 1, 'x')));
    Received received;
    CHECK(pair.right.receive(received).error() == Errno{EPROTO});
    REQUIRE(pair.left.send(Ready{}));
    CHECK(pair.right.expect<Ready>());
}

TEST_CASE("channel: an fd travels, CLOEXEC, and the sender keeps its own") {
    Pair const pair;
    Fd const null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    REQUIRE(pair.left.send(TakeConsole{}, null.number()));
    Fd got;
    REQUIRE(pair.right.expect<TakeConsole>(&got));
    REQUIRE(got);
    CHECK(got.number() != null.number());
    CHECK((::fcntl(got.number(), F_GETFD) & FD_CLOEXEC) != 0);
    struct stat a{}, b{};
    REQUIRE(::fstat(got.number(), &a) == 0);
    REQUIRE(::fstat(null.number(), &b) == 0);
    CHECK(a.st_rdev == b.st_rdev);
    CHECK(::fcntl(null.number(), F_GETFD) >= 0);
}

TEST_CASE("channel: what is expected must come") {
    Pair const pair;
    Fd fd;
    REQUIRE(pair.left.send(Go{}));
    CHECK(pair.right.expect<Commit>().error() == Errno{EPROTO}); // another type
    REQUIRE(pair.left.send(TakeGate{}));
    CHECK(pair.right.expect<TakeGate>(&fd).error() == Errno{EPROTO}); // without its fd
    CHECK_FALSE(fd);
    send_raw(pair.left, with_tag(TakePlan::tag, "short"));
    CHECK(pair.right.expect<TakePlan>().error() == Errno{EPROTO}); // of another size
    send_raw(pair.left, with_tag(TakePlan::tag, std::string(sizeof(TakePlan) + 1, 'x')));
    CHECK(pair.right.expect<TakePlan>().error() == Errno{EPROTO});
    send_raw(pair.left, "x"); // not even a tag
    Received received;
    CHECK(pair.right.receive(received).error() == Errno{EPROTO});
    send_raw(pair.left, with_tag(7, ""));
    REQUIRE(pair.right.receive(received));
    CHECK(received.size == 0);
    CHECK(received.as<TakeConsole>() == nullptr);
}

TEST_CASE("channel: a peer that has gone") {
    Pair pair;
    REQUIRE(pair.left.send(Ready{}));
    pair.left.close();
    CHECK(pair.right.expect<Ready>()); // an earlier message is still heard
    CHECK(pair.right.expect<Ready>().error() == Errno{EPIPE});
    CHECK(pair.right.expect<Ready>().error() == Errno{EPIPE});
    CHECK(pair.right.send(Commit{}).error() == Errno{EPIPE}); // no SIGPIPE
    CHECK(Channel().send(Commit{}).error() == Errno{EBADF});

    Pair unread;
    REQUIRE(unread.left.send(Ready{}));
    unread.right.close(); // with an unread message: the connection is reset
    Received received;
    CHECK(unread.left.receive(received).error() == Errno{EPIPE});
}

TEST_CASE("channel: fds that nobody asked for don't stay open") {
    Pair const pair;
    Fd const null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    auto const before = test::open_fds();
    for (std::size_t count = 1; count <= 8; ++count) {
        INFO(count << " fds");
        std::vector<int> const fds(count, null.number());
        send_raw(pair.left, with_tag(Commit::tag, "x"), fds);
        if (count == 1)
            CHECK(pair.right.expect<Commit>());
        else
            CHECK(pair.right.expect<Commit>().error() == Errno{EPROTO}); // more than a message has
        CHECK(test::open_fds() == before);
        send_raw(pair.left, with_tag(99, "x"), fds);
        CHECK_FALSE(pair.right.expect<TakeConsole>());
        CHECK(test::open_fds() == before);
        send_raw(pair.left, "x", fds);
        CHECK_FALSE(pair.right.expect<Commit>());
        CHECK(test::open_fds() == before);
    }
    // One Received for many messages: each closes the fd of the one before.
    Received received;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(pair.left.send(TakeConsole{}, null.number()));
        REQUIRE(pair.right.receive(received));
        CHECK(test::open_fds() == before + 1);
    }
    REQUIRE(pair.left.send(Ready{}));
    REQUIRE(pair.right.receive(received));
    CHECK_FALSE(received.fd);
    CHECK(test::open_fds() == before);
}

} // namespace

TEST_CASE("channel: a peer that dies with unread messages is gone, and its last words are heard") {
    Pair pair;
    REQUIRE(pair.left.send(Commit{}));
    REQUIRE(pair.right.send(Mapped{}));
    pair.right = Channel();
    CHECK(pair.left.send(Commit{}).error() == Errno{EPIPE});
    CHECK(pair.left.send(Commit{}).error() == Errno{EPIPE});
    CHECK(pair.left.expect<Mapped>());
}
