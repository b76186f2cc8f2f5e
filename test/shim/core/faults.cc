// SPDX-License-Identifier: Apache-2.0
// test/shim/core/faults.cc - a shim that serves: in each verb every system call of its threads
// fails once, and the shim is killed at each once.
//
// After a failure the verb has an answer, the next verbs work, and everything can be taken down.
// After a kill, containerd runs `delete`, which removes everything.
#include <cerrno>

#include "served.h"

using namespace host;

namespace {

template <class Attempt>
void at_call(ShimVerb const& verb, Call const& call, Attempt attempt) {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    Served it(bundle, unique_name());
    prepare(verb, it);
    INFO(verb.name << ", " << told(call));
    attempt(it, call);
    CHECK_FALSE(exists(place_of_served() + "/tests/" + it.id()));
}

template <class Attempt>
void at_each_call(ShimVerb const& verb, bool all_that_may_fail, Attempt attempt) {
    Sample(calls_of(verb, all_that_may_fail), 45).each([&](Call const& call) {
        at_call(verb, call, attempt);
    });
}

/// The verb fails: it has an answer, and everything can be taken down.
void fails(ShimVerb const& verb, Served& it, Call const& call, int error) {
    auto const reply = faulted(verb, it, {call.role, call.index, std::to_string(error)});
    INFO("answer: " << (reply ? "success" : reply.error().message));
    if (!reply) CHECK_FALSE(reply.error().message.empty());
    if (!reply) CHECK(reply.error().code != wire::Code::deadline_exceeded);
    REQUIRE(it.lives());
    it.connect(); // the old connection may be what has failed
    it.take_down();
}

} // namespace

TEST_CASE("faults: every system call of the shim's verbs fails once", "[shim][faults]") {
    for (auto const& verb : shim_verbs())
        at_each_call(verb, true, [&](Served& it, Call const& call) {
            fails(verb, it, call, call.name == "openat" ? EMFILE : EIO);
        });
}

// The shim doesn't learn of the second process beside the first one. That one, dead and not reaped,
// would keep the container's process 1 from its end.
TEST_CASE("faults: what is left of an exec that failed doesn't hold up Wait", "[shim][faults]") {
    auto const& verb = shim_verb("Start of an exec");
    int tried = 0;
    for (auto const& call : calls_of(verb, true)) {
        if (call.name != "recvmsg") continue;
        ++tried;
        at_call(verb, call, [&](Served& it, Call const&) { fails(verb, it, call, EIO); });
    }
    CHECK(tried > 3);
}

TEST_CASE("faults: the shim is killed at every system call of its verbs", "[shim][faults]") {
    for (auto const& verb : shim_verbs())
        at_each_call(verb, false, [&](Served& it, Call const& call) {
            (void)faulted(verb, it, {call.role, call.index, "kill"});
            auto const cleaned = it.cleaned_up();
            INFO("delete: " << cleaned.status << ", " << cleaned.err);
            CHECK(cleaned.status == 0);
        });
}
