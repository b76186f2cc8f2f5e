// SPDX-License-Identifier: Apache-2.0
// test/host/lifecycle_errors.cc - runtime.md's MUSTs about errors: no effect, non-zero, a message.
//
// [runtime.md#operations]

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void fails(Outcome const& outcome, std::string const& message) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(contains_any_case(outcome.err, message));
}

} // namespace

TEST_CASE("lifecycle: each operation needs an id", "[lifecycle]") {
    Bundle bundle;
    bundle.write();
    CommandOptions here;
    here.cwd = bundle.path();
    for (auto const* verb : {"create", "start", "state", "kill", "delete"}) {
        INFO(verb);
        auto const outcome = run(davit({verb}), here);
        CHECK(outcome.status == 1);
        CHECK(!outcome.err.empty());
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("lifecycle: a container without a process is created, and not started", "[lifecycle]") {
    Bundle bundle;
    bundle.remove("/process");
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    CHECK(container.status() == "created");
    auto const pid = container.pid();
    fails(container.start(), "process");
    CHECK(container.status() == "created"); // as if it had not been attempted
    CHECK(container.pid() == pid);
    CHECK(container.kill("KILL").status == 0);
    REQUIRE(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("lifecycle: a config.json that can't be fulfilled makes no container", "[lifecycle]") {
    struct Wrong {
        char const* pointer;
        char const* json;
    };
    for (auto const& [pointer, json] : {Wrong{"/process/cwd", "\"relative\""},
                                        {"/root/path", "\"missing\""},
                                        {"/mounts/0/type", "\"nosuchfilesystem\""},
                                        {"/linux/namespaces/0/path", "\"/nonexistent\""},
                                        {"/process/args", "[]"}}) {
        INFO(pointer);
        Bundle bundle; // which checks that nothing is left
        bundle.set(pointer, json);
        Container container(bundle);
        auto const outcome = container.create();
        CHECK(outcome.status == 1);
        CHECK(!outcome.err.empty());
        CHECK(container.status() == "");
        fails(container.start(), "does not exist");
    }
}

TEST_CASE("lifecycle: an id is free again after delete", "[lifecycle]") {
    Bundle bundle;
    Container container(bundle);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(container.create().status == 0);
        CHECK(container.status() == "created");
        CHECK(container.remove().status == 0);
        fails(container.remove(), "does not exist");
    }
}
