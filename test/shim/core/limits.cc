// SPDX-License-Identifier: Apache-2.0
// test/shim/core/limits.cc - a shim with a limit of fds, processes or memory: a verb says what is
// missing, and leaves nothing; it works as soon as the limit is lifted.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "container.h"
#include "group.h"
#include "served.h"
#include "small_disk.h"

using namespace host;

namespace {

void set_most_fds(Served const& it, rlim_t soft) {
    rlimit limit{};
    REQUIRE(::prlimit(it.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    REQUIRE(::prlimit(it.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0);
}
rlim_t most_fds(Served const& it) {
    rlimit limit{};
    REQUIRE(::prlimit(it.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
    return limit.rlim_cur;
}
/// The number that the next opened file would get.
rlim_t next_fd(Served const& it) {
    auto const fds = "/proc/" + std::to_string(it.pid()) + "/fd/";
    rlim_t next = 0;
    while (std::filesystem::symlink_status(fds + std::to_string(next)).type()
           != std::filesystem::file_type::not_found)
        ++next;
    return next;
}

/// A verb that failed under a limit works without it; a `start` that failed has ended its process.
void again(ShimVerb const& verb, Served& it) {
    auto const name = std::string(verb.name);
    if (name == "Kill" || name == "Start") return;
    if (name == "Start of an exec") {
        REQUIRE(it.add("another").has_value());
        return it.must("Start", containerd::StartRequest{it.id(), "another"});
    }
    auto const reply = verb.ask(it);
    INFO("again, without the limit: " << (reply ? "" : reply.error().message));
    CHECK(reply.has_value());
}

/// Update sets a limit of processes.
std::vector<ShimVerb> verbs_here() {
    auto verbs = shim_verbs();
    if (controller("pids").empty())
        std::erase_if(verbs, [](auto const& verb) { return verb.name == std::string("Update"); });
    return verbs;
}

/// Calls the verb under the limit. True: it succeeded.
template <class Limit, class Lift>
bool limited(ShimVerb const& verb, char const* words, Limit limit, Lift lift) {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    Served it(bundle, unique_name());
    prepare(verb, it);
    (void)it.ask("State", containerd::StateRequest{.id = it.id()}); // it has taken our connection
    limit(it);
    auto const reply = verb.ask(it);
    lift(it);
    INFO(verb.name << ": " << (reply ? "success" : reply.error().message));
    if (!reply) CHECK(contains_any_case(reply.error().message, words));
    REQUIRE(it.lives());
    if (!reply) again(verb, it);
    it.take_down();
    CHECK_FALSE(exists(place_of_served() + "/tests/" + it.id()));
    return reply.has_value();
}

} // namespace

TEST_CASE("limits: a shim raises its soft limit of fds, and its containers have the old one",
          "[shim][limits]") {
    (void)place_of_served();
    Bundle bundle;
    bundle.remove("/process/rlimits").inside({"sleep", "60"}).write();
    Served it(bundle, unique_name(), "ulimit -Sn 40");
    CHECK(most_fds(it) > 1000);
    auto const& verb = shim_verb("State");
    prepare(verb, it);
    for (int i = 0; i < 20; ++i) { // each has an fd or more
        auto const exec = "e" + std::to_string(i);
        REQUIRE(it.add(exec).has_value());
        it.must("Start", containerd::StartRequest{it.id(), exec});
    }
    auto const state = verb.ask(it);
    REQUIRE(state.has_value());
    auto const told = wire::decode<containerd::StateResponse>(*state);
    REQUIRE(told.has_value());
    rlimit inside{};
    REQUIRE(::prlimit(static_cast<pid_t>(told->pid), RLIMIT_NOFILE, nullptr, &inside) == 0);
    CHECK(inside.rlim_cur == 40);
    it.take_down();
}

TEST_CASE("limits: a shim that may have no more fds says so", "[shim][limits]") {
    (void)place_of_served();
    for (auto const& verb : verbs_here()) {
        rlim_t const most = 48, step = suite().all ? 1 : 4;
        rlim_t more = 0;
        auto const limit = [&](Served& it) { set_most_fds(it, next_fd(it) + more); };
        auto const lift = [](Served& it) { set_most_fds(it, 1024); };
        while (more < most && !limited(verb, "too many open files", limit, lift)) more += step;
        std::printf("     %s needs up to %lu fds more\n", verb.name, more);
        CHECK(more < most);
    }
}

TEST_CASE("limits: a shim that may have no more processes says so", "[shim][limits]") {
    if (skip_unless(!controller("pids").empty(), "no pids controller")) return;
    (void)place_of_served();
    Group const group("pids");
    for (int processes = 1; processes < 4; ++processes)
        for (auto const& verb : verbs_here()) {
            auto const limit = [&](Served& it) {
                REQUIRE(group.set("pids.max", std::to_string(processes)));
                REQUIRE(group.enter(it.pid()));
            };
            auto const lift = [&](Served&) { REQUIRE(group.set("pids.max", "max")); };
            bool const done = limited(verb, "resource temporarily unavailable", limit, lift);
            auto const name = std::string(verb.name);
            // Without a thread, the loop runs the verb; init and an exec are processes.
            INFO(name << " with " << processes << " processes");
            if (name != "Create" && name != "Start of an exec") CHECK(done);
            if (processes == 1 && name == "Create") CHECK_FALSE(done);
        }
}

TEST_CASE("limits: a shim with little memory answers, or delete takes back what it left",
          "[shim][limits]") {
    if (skip_unless(!controller("memory").empty(), "no memory controller")) return;
    (void)place_of_served();
    auto const* const file =
        suite().cgroups == Cgroups::unified ? "memory.max" : "memory.limit_in_bytes";
    int answered = 0, ended = 0;
    for (int kib = 64; kib <= 4096; kib = suite().all ? kib + 64 : kib * 2)
        for (auto const* name : {"Create", "Start", "Start of an exec", "Stats", "Delete"}) {
            // A group of its own: v1 refuses a limit below what dead processes still hold there.
            Group const group("memory");
            REQUIRE(group.set(file, std::to_string(kib) + "K"));
            auto const& verb = shim_verb(name);
            Bundle bundle;
            bundle.inside({"sleep", "60"}).write();
            Served it(bundle, unique_name());
            prepare(verb, it);
            REQUIRE(group.enter(it.pid()));
            auto const reply = verb.ask(it);
            REQUIRE(group.set(file, suite().cgroups == Cgroups::unified ? "max" : "-1"));
            INFO(name << " with " << kib
                      << " KiB: " << (reply ? "success" : reply.error().message));
            if (it.lives()) {
                ++answered;
                if (!reply) CHECK(reply.error().code != wire::Code::deadline_exceeded);
                it.take_down();
            } else {
                ++ended;
            }
            if (!it.lives()) CHECK(it.cleaned_up().status == 0);
            CHECK_FALSE(exists(place_of_served() + "/tests/" + it.id()));
        }
    std::printf("     with little memory: %d answers, %d shims ended\n", answered, ended);
    CHECK(answered > 0);
}

TEST_CASE("limits: a shim whose state has no room says so, and leaves nothing", "[shim][limits]") {
    (void)place_of_served();
    SmallDisk const disk("size=256k,mode=755");
    constexpr std::size_t most = 40;
    std::size_t pages = 0;
    for (bool done = false; !done && pages < most; ++pages) {
        disk.fill(pages);
        Bundle bundle;
        bundle.inside({"sleep", "60"}).write();
        Served it(bundle, unique_name());
        auto const reply = it.create(disk.root());
        INFO(pages << " pages: " << (reply ? "success" : reply.error().message));
        done = reply.has_value();
        if (!done) {
            CHECK(contains_any_case(reply.error().message, "no space left on device"));
            CHECK_FALSE(exists(disk.root() + "/tests/" + it.id()));
            disk.fill(most);
            CHECK(it.create(disk.root()).has_value()); // the same shim, with room
        }
        it.must("Start", containerd::StartRequest{it.id(), ""});
        it.take_down();
        CHECK_FALSE(exists(disk.root() + "/tests/" + it.id()));
    }
    CHECK(pages > 1);
    CHECK(pages < most);
}
