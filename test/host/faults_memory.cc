// SPDX-License-Identifier: Apache-2.0
// test/host/faults_memory.cc - no memory, and no process, for single calls of create, start, exec,
// kill and delete: ENOMEM.
//
// If the C library gets no memory, davit aborts (it is built that way); else it reports the
// failure. Afterwards nothing is left, or `delete --force` removes it.
#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "box.h"
#include "catch.h"
#include "faulted.h"

using namespace host;

namespace {

std::string const enomem = std::to_string(ENOMEM);

bool takes_memory(Call const& call) {
    static char const* const names[] = {
        "brk",        "clone",        "clone3",    "execveat", "fork",          "fsmount",
        "fsopen",     "memfd_create", "mmap",      "mount",    "mprotect",      "mremap",
        "openat",     "openat2",      "open_tree", "pipe2",    "setns",         "sendmsg",
        "socketpair", "unshare",      "vfork",     "mkdirat",  "mount_setattr", "move_mount"};
    return std::ranges::find(names, call.name) != std::end(names);
}

std::vector<Call> of_memory(std::vector<Call> calls) {
    std::erase_if(calls, [](Call const& call) { return !takes_memory(call); });
    return calls;
}

/// Success, a reported failure, or an end by a signal.
void is_told(Outcome const& ran) {
    INFO("status " << ran.status << ", " << ran.err);
    CHECK_FALSE(ran.timed_out);
    if (ran.status != 0 && (ran.status < 128 || ran.status == 255)) CHECK_FALSE(ran.err.empty());
}

} // namespace

TEST_CASE("faults: no memory for a call of create", "[faults]") {
    auto const line = [](Bundle const& bundle, std::string const& id) {
        return davit({"create", "--bundle", bundle.path(), id});
    };
    std::vector<Call> calls;
    {
        Bundle bundle;
        bundle.inside({"sleep", "60"}).write();
        auto const id = unique_name();
        calls = of_memory(calls_of(line(bundle, id), false));
        REQUIRE(Container::verb({"delete", "--force", id}).status == 0);
    }
    CHECK(calls.size() > 20);
    Sample(calls, 150).each([&](Call const& call) {
        Bundle bundle;
        bundle.inside({"sleep", "60"}).write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        INFO(told(call));
        auto const ran = run(with_fault(call, enomem, line(bundle, id)), impatient());
        is_told(ran);
        if (ran.status == 0 || ran.status >= 128)
            CHECK(run(davit({"delete", "--force", id}), impatient()).status == 0);
        CHECK(appeared_since(before) == "");
    });
}

TEST_CASE("faults: no memory for a call of exec", "[faults][exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const words = box.exec_words({}, {"echo", "alive"});
    auto const calls = of_memory(before_execve(calls_of(words, false)));
    CHECK(calls.size() > 10);
    Sample(calls, 150).each([&](Call const& call) {
        auto const before = Snapshot::take();
        INFO(told(call));
        auto const ran = run(with_fault(call, enomem, words), impatient());
        is_told(ran);
        if (ran.status == 0) CHECK(ran.out == "alive\n");
        CHECK(appeared_since(before) == "");
    });
    CHECK(box.exec({}, {"echo", "alive"}).out == "alive\n");
}

TEST_CASE("faults: no memory for a call of start, kill and delete", "[faults]") {
    for (auto const& verb : {Words{"start"}, Words{"kill"}, Words{"delete", "--force"}}) {
        auto const line = [&](Box const& box) {
            auto words = verb;
            words.push_back(box.id());
            if (verb[0] == "kill") words.emplace_back("KILL");
            return davit(words);
        };
        std::vector<Call> calls;
        {
            Bundle bundle;
            Box const box(bundle, verb[0] != "start");
            calls = of_memory(calls_of(line(box), false));
        }
        CHECK(calls.size() > 3);
        Sample(calls, 40).each([&](Call const& call) {
            Bundle bundle;
            Box const box(bundle, verb[0] != "start");
            INFO(verb[0] << ", " << told(call));
            is_told(run(with_fault(call, enomem, line(box)), impatient()));
            CHECK(run(davit({"delete", "--force", box.id()}), impatient()).status == 0);
        });
    }
}
