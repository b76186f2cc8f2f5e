// SPDX-License-Identifier: Apache-2.0
// test/shim/core/faults_memory.cc - a shim that gets no memory, or no process, for a moment.
//
// If the C library gets no memory, the shim ends itself, and says so (it is built that way), and
// `delete` removes everything; else the verb has an answer, and the next one works.
#include <cerrno>
#include <cstdio>

#include "served.h"

using namespace host;

namespace {

struct Tried {
    int reached = 0, ended = 0;
};

/// Whether the shim's thread makes that call that often.
bool without_memory(ShimVerb const& verb, Words const& fate, Tried& tried) {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    Served it(bundle, unique_name());
    prepare(verb, it);
    bool reached = false;
    auto const reply = faulted(verb, it, fate, &reached);
    INFO(verb.name << ", thread " << fate[0] << ", " << fate[1] << ": "
                   << (reply ? "success" : reply.error().message));
    tried.reached += reached;
    if (!it.lives()) {
        ++tried.ended;
        CHECK(fate[1].starts_with("mmap")); // the C library's: a thread's stack isn't needed
    } else {
        if (!reply) CHECK_FALSE(reply.error().message.empty());
        if (!reply) CHECK(reply.error().code != wire::Code::deadline_exceeded);
        it.connect();
        it.take_down();
    }
    if (!it.lives()) CHECK(it.cleaned_up().status == 0);
    CHECK_FALSE(exists(place_of_served() + "/tests/" + it.id()));
    return reached;
}

} // namespace

TEST_CASE("faults: no memory for the shim's verbs", "[shim][faults]") {
    (void)place_of_served();
    int const most = suite().all ? 40 : 3;
    for (auto const* name : {"mmap", "mprotect", "clone3", "clone", "fork", "vfork"}) {
        Tried tried;
        for (auto const& verb : shim_verbs())
            for (auto const* thread : {"0", "1"})
                for (int i = 0; i < most; ++i)
                    if (!without_memory(verb,
                                        {thread, std::string(name) + ":" + std::to_string(i),
                                         std::to_string(ENOMEM)},
                                        tried))
                        break;
        std::printf("     %s: failed %d times with ENOMEM, of which the shim ended %d times\n",
                    name, tried.reached, tried.ended);
        if (std::string(name) == "mmap" || std::string(name) == "clone3") CHECK(tried.reached > 3);
    }
}
