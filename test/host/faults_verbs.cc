// SPDX-License-Identifier: Apache-2.0
// test/host/faults_verbs.cc - start, delete and exec: every system call fails once, and once davit,
// or init, is killed at it.
//
// Afterwards the container is as before or as it was to become, and the next command works.

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "box.h"
#include "catch.h"
#include "faulted.h"

using namespace host;

namespace {

std::string const eio = std::to_string(EIO);

/// A verb with the container's id as its only argument, and the state that the container needs
/// before.
struct Verb {
    char const* name;
    Words words;
    enum Before { created, running, stopped } before;
};

Verb const verbs[] = {
    {"start", {"start"}, Verb::created},
    {"delete", {"delete"}, Verb::stopped},
    {"delete --force", {"delete", "--force"}, Verb::running},
};

Words line_of(Verb const& verb, Container const& container) {
    auto words = verb.words;
    words.push_back(container.id());
    return davit(words);
}

void prepare(Verb const& verb, Container& container) {
    REQUIRE(container.create().status == 0);
    if (verb.before == Verb::created) return;
    REQUIRE(container.start().status == 0);
    if (verb.before == Verb::running) return;
    REQUIRE(container.kill("KILL").status == 0);
    REQUIRE(container.wait_stopped());
}

bool is_alive(Container const& container) {
    return eventually([&] { return contains(container.out(), "alive"); });
}

/// Calls `attempt(container, the verb's command line, call)` with a new container each time, and
/// removes that. The bundle checks that nothing else is left.
template <class Attempt>
void at_each_call(Verb const& verb, bool all_that_may_fail, Attempt attempt) {
    std::vector<Call> calls;
    {
        Bundle bundle;
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        prepare(verb, container);
        calls = calls_of(line_of(verb, container), all_that_may_fail);
    }
    Sample(calls, verb.before == Verb::running ? 200 : 600).each([&](Call const& call) {
        Bundle bundle;
        bundle.inside({"echo", "alive", ";", "sleep", "60"});
        Container container(bundle);
        prepare(verb, container);
        INFO(verb.name << ", " << told(call));
        attempt(container, line_of(verb, container), call);
        auto const removed = run(davit({"delete", "--force", container.id()}), impatient());
        INFO("delete --force: " << removed.err);
        CHECK(removed.status == 0);
    });
}

Words run_words(Bundle const& bundle, std::string const& id) {
    auto words = bundle.globals();
    words.insert(words.end(), {"run", "--detach", "--bundle", bundle.path(), id});
    return davit(words);
}

/// What init calls from its gate on, up to its program. `fault` follows no process that lives
/// already, so `run` stands for create and start.
std::vector<Call> calls_after_gate(bool all_that_may_fail) {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    auto const id = unique_name();
    auto const calls = before_execve(calls_of(run_words(bundle, id), all_that_may_fail));
    REQUIRE(Container::verb({"delete", "--force", id}).status == 0);
    std::vector<Call> after;
    std::string role;
    for (auto const& call : calls) {
        if (call.role != "0" && call.name.starts_with("accept")) role = call.role;
        if (call.role == role) after.push_back(call);
    }
    return after;
}

} // namespace

TEST_CASE("faults: from its gate to the program init fails, or is killed, at each call",
          "[faults]") {
    if (skip_unless(suite().is_davit, "another runtime has another gate")) return;
    for (auto const& fate : {eio, std::string("kill")}) {
        auto const calls = calls_after_gate(fate == eio);
        REQUIRE(calls.size() > 3);
        Sample(calls, 40).each([&](Call const& call) {
            Bundle bundle;
            bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
            auto const id = unique_name();
            Command faulted(with_fault(call, fate, run_words(bundle, id)), impatient());
            auto const ran = faulted.wait();
            INFO(told(call) << ", " << fate << ": status " << ran.status << ", " << ran.err);
            CHECK_FALSE(ran.timed_out);
            if (ran.status != 0) CHECK_FALSE(ran.err.empty());
            if (ran.status == 0 && fate == eio)
                CHECK(eventually([&] { return contains(faulted.out(), "alive"); }));
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
            Command next(run_words(bundle, id), impatient());
            CHECK(next.wait().status == 0);
            CHECK(eventually([&] { return contains(next.out(), "alive"); }));
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
        });
    }
}

TEST_CASE("faults: every system call of start and of delete fails once", "[faults]") {
    for (auto const& verb : verbs)
        at_each_call(verb, true, [&](Container& container, Words const& line, Call const& call) {
            auto const ran = run(with_fault(call, eio, line), impatient());
            INFO("status " << ran.status << ", " << ran.err);
            CHECK_FALSE(ran.timed_out);
            if (ran.status != 0) CHECK_FALSE(ran.err.empty());
            if (verb.before == Verb::created && ran.status == 0) CHECK(is_alive(container));
        });
}

TEST_CASE("faults: start and delete are killed at every system call", "[faults]") {
    for (auto const& verb : verbs)
        at_each_call(verb, false, [&](Container& container, Words const& line, Call const& call) {
            auto const killed = run(with_fault(call, "kill", line), impatient());
            INFO("status " << killed.status << ", " << killed.err);
            CHECK_FALSE(killed.timed_out);
            if (verb.before != Verb::created) return;
            auto const status = container.status();
            INFO("then it is " << status);
            if (status == "created") {
                auto const started = container.start();
                INFO("start: " << started.err);
                // Its init may be about to hear that the start was killed.
                if (started.status != 0) CHECK(contains(started.err, "already running"));
            }
            CHECK(is_alive(container));
            CHECK(container.status() == "running");
        });
}

TEST_CASE("faults: delete --force without fds for a moment loses nothing of the record",
          "[faults][lifecycle][davit]") {
    if (skip_unless(suite().is_davit, "runc keeps no copy")) return;
    Bundle bundle;
    auto const mark = bundle.path() + "/mark";
    bundle.set("/hooks/poststop", R"([{"path":"/bin/sh","args":["sh","-c",")"
                                  "echo >> "
                                      + mark + R"("]}])");
    bundle.inside({"sleep", "60"});
    auto const deletion = [](Container const& container) {
        return davit({"delete", "--force", container.id()});
    };
    std::vector<Call> calls;
    {
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        calls = calls_of(deletion(container), true);
    }
    int tried = 0;
    for (auto const& call : calls) {
        if (call.role != "0" || call.name != "openat") continue;
        ++tried;
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        ::unlink(mark.c_str());
        auto const ran =
            run(with_fault({call.role, call.index, std::to_string(EMFILE)}, deletion(container)),
                impatient());
        INFO(told(call) << ": status " << ran.status << ", " << ran.err);
        if (ran.status != 0) CHECK(run(deletion(container)).status == 0);
        CHECK(exists(mark)); // its hooks are in the record, not in the copy
    }
    CHECK(tried > 3);
}

TEST_CASE("faults: every system call of exec fails once, and its init is killed",
          "[faults][exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const words = box.exec_words({}, {"echo", "alive"});
    auto const calls = before_execve(calls_of(words, true));
    for (auto const& fate : {eio, std::string("kill")})
        Sample(calls, 300).each([&](Call const& call) {
            if (fate == "kill" && call.role == "0") return; // the next test
            auto const before = Snapshot::take();
            auto const ran = run(with_fault(call, fate, words), impatient());
            INFO(told(call) << ", " << fate << ": status " << ran.status << ", " << ran.err);
            CHECK_FALSE(ran.timed_out);
            if (ran.status == 0)
                CHECK(ran.out == "alive\n");
            else if (call.name != "execve") // whose death is the program's
                CHECK_FALSE(ran.err.empty());
            CHECK(appeared_since(before) == "");
            CHECK(box.status() == "running");
            CHECK(box.exec({}, {"echo", "alive"}).out == "alive\n");
        });
}

TEST_CASE("faults: exec is killed at every system call", "[faults][exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const words = box.exec_words({}, {"echo", "alive"});
    Sample(calls_of(words, false), 300).each([&](Call const& call) {
        if (call.role != "0") return;
        auto const before = Snapshot::take();
        auto const killed = run(with_fault(call, "kill", words), impatient());
        INFO(told(call) << ": status " << killed.status << ", " << killed.err);
        CHECK_FALSE(killed.timed_out);
        CHECK(appeared_since(before) == "");
        CHECK(box.exec({}, {"echo", "alive"}).out == "alive\n");
    });
}

TEST_CASE("faults: one that runs is never told or taken for stopped", "[faults]") {
    Bundle bundle;
    Box const box(bundle);
    auto const state = davit({"state", box.id()}), removal = davit({"delete", box.id()});
    Sample(calls_of(state, true), 300).each([&](Call const& call) {
        for (int const error : {EIO, EMFILE, ENOMEM}) {
            auto const ran = run(with_fault(call, std::to_string(error), state), impatient());
            INFO(told(call) << ": status " << ran.status << ", " << ran.out << ran.err);
            CHECK(
                (ran.status == 0 ? Json(ran.out).text("/status") == "running" : !ran.err.empty()));
            // It makes the same calls until it learns it.
            auto const refused = run(with_fault(call, std::to_string(error), removal), impatient());
            INFO("delete: " << refused.err);
            CHECK(refused.status == 1);
            CHECK_FALSE(refused.err.empty());
        }
    });
    CHECK(box.status() == "running");
}
