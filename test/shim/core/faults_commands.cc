// SPDX-License-Identifier: Apache-2.0
// test/shim/core/faults_commands.cc - the shim's beginning and end: in `start`, `delete` and
// Shutdown every system call fails once, and once the process is killed at it.
//
// After a failure of `start` nothing of it is left, or a shim that serves; the next `start` works.
// After a failure of `delete` the next `delete` removes everything. After Shutdown the shim is
// gone, and another one may take its place.
#include <signal.h>
#include <sys/stat.h>

#include <cerrno>

#include "container.h"
#include "served.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

std::string const eio = std::to_string(EIO);

/// `start` of a container's shim, as containerd calls it.
class Start {
  public:
    Start() : id_(unique_name()) { bundle_.inside({"sleep", "60"}).write(); }
    [[nodiscard]] Words words() const {
        return {"/usr/bin/env", "-C", bundle_.path(), DAVIT_TEST_SHIM, "-namespace", "tests",
                "-id",          id_,  "-address",     "/run/none",     "start"};
    }
    /// A shim serves, does its work, and ends when it is told to.
    void must_work(std::string const& answer) {
        constexpr std::string_view scheme = "unix://";
        REQUIRE(answer.starts_with(scheme));
        Served served(bundle_, id_, Served::Adopted{answer.substr(scheme.size())});
        auto const created = served.create();
        INFO("Create: " << (created ? "" : created.error().message));
        CHECK(created.has_value());
        served.take_down();
    }
    /// Works whatever has happened to the shim before.
    void again_must_work() {
        auto const again = run(words(), impatient());
        INFO("the next start: " << again.status << ", " << again.err);
        REQUIRE(again.status == 0);
        must_work(again.out);
    }

  private:
    Bundle bundle_;
    std::string id_;
};

/// Calls of the shim that `start` starts count from its execve on. env(1) is another program.
std::vector<Call> calls_of_start(bool all_that_may_fail) {
    (void)place_of_served();
    // containerd owns these; the shims leave them there.
    for (auto const* path : {"/run/containerd", "/run/containerd/s"}) ::mkdir(path, 0711);
    Start start;
    auto const file = suite().temp + "/calls";
    auto const ran = run(with_fault({"--list", file}, start.words()), impatient());
    REQUIRE(ran.status == 0);
    start.must_work(ran.out);
    bool begun = false;
    std::vector<Call> own;
    for (auto const& call : before_execve(calls_in(file, all_that_may_fail))) {
        if (begun || call.role != "0") own.push_back(call);
        begun = begun || (call.role == "0" && call.name == "execve");
    }
    return own;
}

/// A container whose shim was killed, and its `delete`.
class Orphan {
  public:
    Orphan() : served_((bundle_.inside({"sleep", "60"}).write(), bundle_), unique_name()) {
        REQUIRE(served_.create().has_value());
        served_.must("Start", containerd::StartRequest{served_.id(), ""});
        served_.kill();
    }
    [[nodiscard]] Words words() const { return served_.delete_words(); }
    [[nodiscard]] bool is_gone() const {
        return !exists(place_of_served() + "/tests/" + served_.id());
    }

  private:
    Bundle bundle_;
    Served served_;
};

template <class Attempt>
void at_each_call_of_delete(bool all_that_may_fail, Attempt attempt) {
    (void)place_of_served();
    std::vector<Call> calls;
    {
        Orphan const orphan;
        calls = calls_of(orphan.words(), all_that_may_fail);
    }
    Sample(calls, 120).each([&](Call const& call) {
        if (call.role != "0") return;
        Orphan const orphan;
        INFO("delete, " << told(call));
        attempt(orphan, call);
        auto const again = run(orphan.words(), impatient());
        INFO("again: " << again.status << ", " << again.err);
        CHECK(again.status == 0);
        CHECK(orphan.is_gone());
    });
}

/// Calls Shutdown, to the shim's end, while `fault` does that to the shim.
wire::Reply shut_down(Served& it, Words words, bool& reached) {
    words.insert(words.begin(), suite().fault);
    words.insert(words.end(), {"--attach", std::to_string(it.pid())});
    Command fault(words);
    REQUIRE(fault.wait_for("attached"));
    auto const reply = it.ask("Shutdown", containerd::ShutdownRequest{.id = it.id()});
    (void)eventually([&] { return !it.lives(); }, reply ? 5s : 200ms);
    reached = contains(fault.out(), "reached");
    return reply;
}

template <class Check>
void at_each_call_of_shutdown(bool all_that_may_fail, std::string const& fate, Check check) {
    (void)place_of_served();
    std::vector<Call> calls;
    bool reached = false;
    {
        Bundle bundle;
        Served it(bundle, unique_name());
        auto const file = suite().temp + "/calls";
        REQUIRE(shut_down(it, {"--list", file}, reached).has_value());
        REQUIRE_FALSE(it.lives());
        calls = calls_in(file, all_that_may_fail);
    }
    int count = 0;
    Sample(calls, 120).each([&](Call const& call) {
        Bundle bundle;
        bundle.inside({"sleep", "60"}).write();
        auto const id = unique_name();
        {
            Served it(bundle, id);
            INFO("Shutdown, " << told(call));
            check(it, shut_down(it, {call.role, call.index, fate}, reached));
            count += reached;
        }
        Served next(bundle, id); // in its place
        REQUIRE(next.create().has_value());
        next.take_down();
    });
    CHECK(count > 3);
}

} // namespace

TEST_CASE("faults: every system call of the shim's start fails once", "[shim][faults]") {
    Sample(calls_of_start(true), 120).each([&](Call const& call) {
        Start start;
        auto const before = Snapshot::take();
        auto const ran = run(with_fault(call, eio, start.words()), impatient());
        INFO("start, " << told(call) << ": " << ran.status << ", " << ran.out << ran.err);
        CHECK_FALSE(ran.timed_out);
        if (ran.status == 0) return start.must_work(ran.out);
        CHECK_FALSE(ran.err.empty());
        CHECK(eventually([&] { return appeared_since(before).empty(); }));
        start.again_must_work();
    });
}
TEST_CASE("faults: the shim's start is killed at every system call", "[shim][faults]") {
    Sample(calls_of_start(false), 120).each([&](Call const& call) {
        if (call.role != "0") return;
        Start start;
        auto const ran = run(with_fault(call, "kill", start.words()), impatient());
        INFO("start, " << told(call) << ": " << ran.status << ", " << ran.err);
        CHECK_FALSE(ran.timed_out);
        start.again_must_work(); // with what the killed one has begun, or anew
    });
}

TEST_CASE("faults: every system call of the shim's delete fails once", "[shim][faults]") {
    at_each_call_of_delete(true, [](Orphan const& orphan, Call const& call) {
        auto const ran = run(with_fault(call, eio, orphan.words()), impatient());
        INFO("status " << ran.status << ", " << ran.err);
        CHECK_FALSE(ran.timed_out);
        if (ran.status != 0) CHECK_FALSE(ran.err.empty());
        if (ran.status == 0 && ran.err.empty()) CHECK(orphan.is_gone());
    });
}
TEST_CASE("faults: the shim's delete is killed at every system call", "[shim][faults]") {
    at_each_call_of_delete(false, [](Orphan const& orphan, Call const& call) {
        CHECK_FALSE(run(with_fault(call, "kill", orphan.words()), impatient()).timed_out);
    });
}

TEST_CASE("faults: every system call of Shutdown fails once", "[shim][faults]") {
    at_each_call_of_shutdown(true, eio, [](Served& it, wire::Reply const& reply) {
        INFO("answer: " << (reply ? "success" : reply.error().message));
        if (reply) CHECK_FALSE(it.lives());
        if (!it.lives()) return;
        it.connect(); // the old connection may be what has failed
        it.take_down();
    });
}
TEST_CASE("faults: the shim is killed at every system call of Shutdown", "[shim][faults]") {
    at_each_call_of_shutdown(false, "kill", [](Served& it, wire::Reply const&) {
        CHECK_FALSE(it.lives());
        CHECK(it.cleaned_up().status == 0);
    });
}
