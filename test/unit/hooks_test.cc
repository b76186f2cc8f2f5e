// SPDX-License-Identifier: Apache-2.0
// unit/hooks_test.cc - parts/hooks: the plan and the messages; state/record.cc keeps them.
#include "catch.h"

#include <cstring>

#include "davit/config.h"
#include "flat_plan.h"
#include "full_config.h"
#include "json/json.h"
#include "launch/story.h"
#include "parts/hooks/host.h"
#include "parts/hooks/plan.h"
#include "plan/plan.h"
#include "state/record.h"

namespace {

using namespace davit;
using hooks::When;

spec::Config a_config() {
    auto config = example_config(false, false, 0, 0);
    config.annotations["key"] = "va\"lue";
    return config;
}

test::Flat<hooks::InitPlan> flat(spec::Config const& config) {
    plan::Builder builder(sizeof(hooks::InitPlan));
    auto const inside = hooks::plan(config, "box", "/bundle", {"OF=caller"}, builder);
    return {std::move(builder).finish(inside)};
}

TEST_CASE("hooks: init gets those of the container's namespaces") {
    auto config = a_config();
    CHECK(flat(config).inside().stop_for_parent == 0);
    config.hooks.create_container = {{"/bin/a", {"a", "b c"}, {"X=1", "X=2"}, 5},
                                     {"/bin/b", {}, {}, {}}};
    config.hooks.start_container = {{"/bin/c", {}, {}, {}},
                                    {"/bin/d", {""}, {}, 1'000'000'000'000}};
    auto const plan = flat(config);
    CHECK(plan.inside().stop_for_parent == 1);

    auto const create = plan.list(plan.inside().create_container.hooks);
    REQUIRE(create.size() == 2);
    CHECK(plan.texts(create[1].envp) == spec::Texts{"OF=caller"});
    CHECK(plan.text(create[0].path) == "/bin/a");
    CHECK(plan.texts(create[0].argv) == spec::Texts{"a", "b c"});
    CHECK(plan.texts(create[0].envp) == spec::Texts{"X=1", "X=2"});
    CHECK(create[0].timeout == 5);
    CHECK(plan.text(plan.inside().create_container.state)
          == R"({"ociVersion":"1.3.0","id":"box","status":"creating","bundle":"/bundle",)"
             R"("annotations":{"key":"va\"lue"},"pid":)");

    auto const start = plan.list(plan.inside().start_container.hooks);
    REQUIRE(start.size() == 2);
    CHECK(plan.texts(start[0].argv) == spec::Texts{"/bin/c"}); // without args: the path
    CHECK(plan.texts(start[1].argv) == spec::Texts{""});
    CHECK(start[0].envp.count == 0); // the process's, which init knows
    CHECK(start[0].timeout == 0);
    CHECK(start[1].timeout == 1'000'000'000'000);
    CHECK(plan.text(plan.inside().start_container.state).find(R"("status":"created")")
          != std::string::npos);
}

TEST_CASE("hooks: init stops for the parent only where create has hooks") {
    std::vector<spec::Hook> const one = {{"/bin/true", {}, {}, {}}};
    for (auto const& [list, stops] : {std::pair{&spec::Hooks::prestart, 1},
                                      {&spec::Hooks::create_runtime, 1},
                                      {&spec::Hooks::create_container, 1},
                                      {&spec::Hooks::start_container, 0},
                                      {&spec::Hooks::poststart, 0},
                                      {&spec::Hooks::poststop, 0}}) {
        auto config = a_config();
        config.hooks.*list = one;
        CHECK(flat(config).inside().stop_for_parent == static_cast<std::uint64_t>(stops));
    }
}

TEST_CASE("hooks: the state as they are told it") {
    spec::State state;
    state.oci_version = "1.3.0";
    state.id = "box";
    state.status = spec::Status::running;
    state.pid = 42;
    state.bundle = "/b";
    CHECK(hooks::state_text(state)
          == R"({"ociVersion":"1.3.0","id":"box","status":"running","bundle":"/b","pid":42})");
    state.pid = 0;
    state.status = spec::Status::stopped;
    CHECK(hooks::state_text(state)
          == R"({"ociVersion":"1.3.0","id":"box","status":"stopped","bundle":"/b"})");
}

TEST_CASE("hooks: the record keeps those of start and delete") {
    auto const all = test::full_config().hooks;
    state::Record record;
    record.hooks = hooks::after_create(all);
    CHECK(record.hooks.prestart.empty());
    CHECK(record.hooks.create_runtime.empty());
    CHECK(record.hooks.create_container.empty());
    CHECK(record.hooks.start_container == all.start_container);
    auto const again = state::from_json(state::to_json(record), "state");
    REQUIRE(again);
    CHECK(again->hooks == record.hooks);
    CHECK(state::to_json({}).find("hooks") == std::string::npos);
}

TEST_CASE("hooks: how one ended, in words") {
    auto const told = [](safe::How how, int number, char const* words = "") {
        safe::Ending ending{how, number, {}};
        std::strncpy(ending.words, words, sizeof ending.words - 1);
        return hooks::tell(When::create_runtime, 2, "/bin/x", ending);
    };
    std::string const head =
        R"(error running createRuntime hook #2: config.json: /hooks/createRuntime/2: "/bin/x" )";
    CHECK(told(safe::How::not_run, ENOENT).story == head + "exec: no such file or directory");
    CHECK(told(safe::How::not_run, EACCES).kind == Kind::denied);
    CHECK(told(safe::How::not_run, EACCES).errnum == EACCES);
    CHECK(told(safe::How::exited, 3).story == head + "exited with status 3");
    CHECK(told(safe::How::exited, 13).kind == Kind::system);
    CHECK(told(safe::How::exited, 13).errnum == 0);
    CHECK(told(safe::How::exited, 1, "one\ntwo\x1b\n\n").story
          == head + R"(exited with status 1: "one\ntwo\x1b")");
    CHECK(told(safe::How::killed, 9).story == head + "was killed by signal 9");
    CHECK(told(safe::How::late, 2).story == head + "has not ended after 2 s, and was killed");
    CHECK(told(static_cast<safe::How>(99), 2).story == head + "failed");
    // If the beginning is missing, the first line is left out.
    auto const long_words = std::string(300, 'a') + "\n" + std::string(300, 'b');
    safe::Ending full{safe::How::exited, 1, {}};
    std::memcpy(full.words, long_words.data() + long_words.size() - 511, 511);
    CHECK(hooks::tell(When::poststop, 0, "/x", full)
              .story.ends_with(": \"" + std::string(300, 'b') + '"'));
}

TEST_CASE("hooks: what init says of them") {
    auto config = a_config();
    config.hooks.create_container = {{"/bin/a", {}, {}, {}}, {"/bin/b", {}, {}, {}}};
    plan::HostFacts const facts{
        {cgroup::Mode::unified, {{{"cpu", "memory"}, "/sys/fs/cgroup", "/x", true}}}};
    auto const plan = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
    REQUIRE(plan);
    launch::Failed failed{launch::StepId::create_hooks,
                          {},
                          1,
                          static_cast<std::uint16_t>(safe::How::killed),
                          15,
                          "ouch"};
    CHECK(launch::tell(failed, plan->view()).story
          == R"(error running createContainer hook #1: config.json: /hooks/createContainer/1: )"
             R"("/bin/b" was killed by signal 15: "ouch")");
    failed.step = launch::StepId::start_hooks;
    spec::Hooks hooks;
    CHECK(launch::tell_after_gate(failed, hooks).story.find("/startContainer/1: was killed")
          != std::string::npos);
    hooks.start_container = {{"/c", {}, {}, {}}, {"/d", {}, {}, {}}};
    CHECK(launch::tell_after_gate(failed, hooks).story.find(R"(/startContainer/1: "/d" was killed)")
          != std::string::npos);
    // The numbers may refer to no element.
    failed.step = launch::StepId::create_hooks;
    failed.item = 0xffff;
    failed.part = 0xffff;
    CHECK_FALSE(launch::tell(failed, plan->view()).story.empty());
}

} // namespace
