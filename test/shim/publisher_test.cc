// SPDX-License-Identifier: Apache-2.0
// test/shim/publisher_test.cc - events that wait for a containerd that is away.
#include "containerd/publisher.h"

#include <charconv>
#include <vector>

#include "peer.h"
#include "wire/server.h"

using namespace davit;
using namespace davit::shim;

TEST_CASE("publisher: of too many events the oldest OOMs are lost, the others come whole, in order",
          "[shim]") {
    Listening away; // until a server listens at its path
    auto const path = away.path;
    ::unlink(path.c_str());
    asio::io_context loop;
    auto log = containerd::Log::open("", containerd::Level::error);
    containerd::Publisher publisher(loop, path, "tests", log);
    // Longer than what a string holds by itself: each has memory of its own.
    std::string const padding(100, 'x');
    auto const publish = [&](int number) {
        bool const exit = number == 10 || number == 20;
        publisher.publish({exit ? "/tasks/exit" : "/tasks/oom", {padding, std::to_string(number)}});
    };
    publish(0);
    REQUIRE_FALSE(run_until(loop, [] { return false; }, 20ms)); // that one is on its way
    constexpr int count = 3000;
    for (int i = 1; i < count; ++i) publish(i);

    Listening back;
    REQUIRE(::rename(back.path.c_str(), path.c_str()) == 0);
    std::vector<int> heard;
    wire::Server server(loop, Fd(::dup(back.socket.number())),
                        [&](wire::Call call) -> asio::awaitable<wire::Reply> {
                            auto request = call.take<containerd::ForwardRequest>();
                            int number = -1;
                            if (request && request->envelope && request->envelope->event) {
                                auto const& event = *request->envelope->event;
                                if (event.type_url == padding)
                                    std::from_chars(event.value.data(),
                                                    event.value.data() + event.value.size(),
                                                    number);
                            }
                            heard.push_back(number);
                            co_return "";
                        });
    server.begin();
    REQUIRE(run_until(loop, [&] { return !heard.empty() && heard.back() == count - 1; }, 60s));
    CHECK(heard.size() == 1 + 2048);
    CHECK(heard[0] == 0);
    CHECK(heard[1] == 10); // older than many that are lost, but an exit
    CHECK(heard[2] == 20);
    CHECK(heard[3] == count - 2046);
    CHECK(std::ranges::is_sorted(heard));
    ::unlink(path.c_str());
}
