// SPDX-License-Identifier: Apache-2.0
// test/shim/bytes_test.cc - moving bytes between fds, without a container.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdint>

#include "catch.h"
#include "core/stream.h"

using namespace davit;
using namespace std::chrono_literals;

TEST_CASE("bytes: what isn't taken at once comes when there is room", "[stdio]") {
    // An eventfd polls writable while 1 fits, and refuses more than fits (eventfd(2)). A pipe does
    // the same if another writer has filled it between poll and write.
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    Fd const in(ends[1]), room(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    boost::asio::io_context loop;
    shim::Stream stream(loop, Fd(ends[0]), Fd(::fcntl(room.number(), F_DUPFD_CLOEXEC, 0)),
                        shim::Stream::Orphaned::drop);
    boost::asio::co_spawn(loop, stream.run(), boost::asio::detached);

    auto const put = [&](std::uint64_t n) {
        REQUIRE(::write(in.number(), &n, sizeof n) == sizeof n);
        loop.run_for(20ms);
    };
    auto const taken = [&] {
        std::uint64_t n = 0;
        REQUIRE(::read(room.number(), &n, sizeof n) == sizeof n);
        loop.run_for(20ms);
        return n;
    };
    constexpr std::uint64_t nearly_full = UINT64_MAX - 2;
    put(nearly_full);
    put(5);
    CHECK(taken() == nearly_full);
    CHECK(taken() == 5);
    put(7);
    CHECK(taken() == 7);
    stream.stop();
    loop.run_for(20ms);
}
