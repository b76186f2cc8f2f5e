// SPDX-License-Identifier: Apache-2.0
// test/shim/core/verbs.cc - every verb in every state, with the words that containerd's users know.
#include <signal.h>

#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;
using davit::Kind;

namespace {

struct Refusal {
    Kind kind;
    std::string words;
    bool operator==(Refusal const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Refusal const& one) {
    return out << static_cast<int>(one.kind) << " \"" << one.words << '"';
}

/// "" for a success.
template <class T>
Refusal outcome(davit::Result<T> const& result) {
    if (result) return {};
    return {result.error().kind, result.error().story};
}

Refusal state_error(std::string words) { return {Kind::state, std::move(words)}; }
Refusal not_found(std::string words) { return {Kind::not_found, std::move(words)}; }
Refusal const good{};

} // namespace

TEST_CASE("verbs: of a container in each state", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto& core = shim.core();
    auto request = shim.request(bundle);
    auto const id = request.id;
    shim::ProcessId const own{id, ""};
    auto const pause = [&] { return outcome(shim.run(core.pause(id))); };
    auto const resume = [&] { return outcome(shim.run(core.resume(id))); };
    auto const start = [&] { return outcome(shim.run(core.start(own))); };
    auto const remove = [&] { return outcome(shim.run(core.remove(own))); };
    auto const update = [&] { return outcome(shim.run(core.update(id, {}))); };
    auto const kill = [&](int signal) { return outcome(shim.run(core.kill(own, signal, false))); };
    auto const pids = [&] { return outcome(shim.run(core.pids(id))); };
    auto const stats = [&] { return outcome(shim.run(core.stats(id))); };
    auto const checkpoint = [&] { return outcome(core.checkpoint(id)).kind; };

    auto const unknown = not_found("container not created");
    CHECK(start() == unknown);
    CHECK(pause() == unknown);
    CHECK(remove() == unknown);
    CHECK(kill(SIGTERM) == unknown);
    CHECK(outcome(core.state(own)) == unknown);
    CHECK(outcome(core.pid(id)) == unknown);
    CHECK(outcome(shim.run(core.wait(own))) == unknown);

    (void)shim.must(core.create(request));
    CHECK(outcome(shim.run(core.create(request))).kind == Kind::exists);
    CHECK(pause() == state_error("cannot pause task in created state"));
    CHECK(resume() == state_error("cannot resume task in created state"));
    CHECK(update() == good);
    CHECK(kill(0) == good);
    CHECK(kill(65).kind == Kind::config);
    CHECK(pids() == good);
    CHECK(stats() == good);
    CHECK(checkpoint() == Kind::unsupported);

    CHECK(start() == good);
    CHECK(start() == state_error("cannot start a running process"));
    CHECK(resume() == state_error("cannot resume a running process"));
    CHECK(remove() == state_error("cannot delete a running process"));
    CHECK(update() == good);
    CHECK(pids() == good);
    CHECK(stats() == good);

    if (suite().cgroups != Cgroups::none) {
        CHECK(pause() == good);
        CHECK(core.state(own)->phase == shim::Phase::paused);
        CHECK(pause() == state_error("cannot pause a paused container"));
        CHECK(start() == state_error("cannot start a paused process"));
        CHECK(remove() == state_error("cannot delete a paused process"));
        CHECK(outcome(shim.add(id, "e", {"/inside", "exit"}))
              == state_error("cannot exec in a paused state"));
        CHECK(update() == good);
        CHECK(resume() == good);
        CHECK(core.state(own)->phase == shim::Phase::running);
        CHECK(pause() == good); // and SIGKILL reaches a paused one
    }
    CHECK(kill(SIGKILL) == good);
    (void)shim.must(core.wait(own));
    CHECK(pause() == state_error("cannot pause a stopped container"));
    CHECK(resume() == state_error("cannot resume a stopped container"));
    CHECK(start() == state_error("cannot start a stopped process"));
    CHECK(update() == state_error("cannot update a stopped container"));
    CHECK(kill(SIGTERM) == not_found("process already finished"));
    CHECK(kill(SIGKILL) == not_found("process already finished"));
    auto const infos = shim.must(core.pids(id)); // until it is deleted
    CHECK((infos.size() == 1 && infos[0].pid == core.state(own)->pid));
    CHECK(stats() == good); // its cgroup is there until then
    CHECK(outcome(shim.add(id, "e", {"/inside", "exit"}))
          == state_error("cannot exec in a stopped state"));
    CHECK(outcome(core.resize(own, 1, 1)) == state_error("cannot resize a stopped container"));
    CHECK(outcome(core.close_stdin(own)) == good);
    CHECK(core.state(own)->exit.status == 137);
    CHECK(remove() == good);
    CHECK(remove() == unknown);
}

TEST_CASE("verbs: of an exec in each state", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto& core = shim.core();
    auto const id = shim.running(bundle);
    shim::ProcessId const exec{id, "e"};
    auto const unknown = not_found("process does not exist e");
    CHECK(outcome(shim.run(core.start(exec))) == unknown);
    CHECK(outcome(core.state(exec)) == unknown);
    REQUIRE(shim.add(id, "e", {"/inside", "sleep", "100"}).has_value());
    CHECK(core.state(exec)->phase == shim::Phase::created);
    CHECK(core.state(exec)->pid == 0);
    CHECK(outcome(shim.run(core.kill(exec, SIGTERM, false))) == state_error("process not created"));
    (void)shim.must(core.start(exec));
    CHECK(outcome(shim.run(core.start(exec))) == state_error("cannot start a running process"));
    CHECK(outcome(shim.run(core.remove(exec))) == state_error("cannot delete a running process"));
    CHECK(shim.good(core.kill(exec, SIGKILL, false)));
    CHECK(shim.must(core.wait(exec)).status == 137);
    CHECK(outcome(shim.run(core.start(exec))) == state_error("cannot start a stopped process"));
    CHECK(outcome(shim.run(core.kill(exec, SIGKILL, false)))
          == not_found("process already finished"));
    CHECK(outcome(core.resize(exec, 1, 1)) == state_error("cannot resize a stopped container"));

    // An exec that exists; the container ends before it is started.
    REQUIRE(shim.add(id, "late", {"/inside", "exit"}).has_value());
    CHECK(shim.good(core.kill({id, ""}, SIGKILL, false)));
    (void)shim.must(core.wait({id, ""}));
    CHECK(outcome(shim.run(core.start({id, "late"})))
          == state_error("container " + id + " init process is not running"));
    auto waiting = shim.begin(core.wait({id, "late"}));
    (void)shim.must(core.remove({id, ""}));
    REQUIRE(shim.until([&] { return waiting->has_value(); }));
    CHECK(outcome(**waiting).kind == Kind::not_found);
}

TEST_CASE("verbs: a container that was never started is deleted", "[shim]") {
    Bundle bundle;
    Shim shim;
    auto request = shim.request(bundle);
    auto const id = request.id;
    (void)shim.must(shim.core().create(request));
    CHECK(shim.must(shim.core().remove({id, ""})).status == 137);
    CHECK(shim.events
          == std::vector<std::string>{"create " + id, "exit " + id + " 137",
                                      "delete " + id + " 137"});
}

TEST_CASE("verbs: a create that hangs in a hook keeps nobody waiting", "[shim]") {
    Bundle quiet, hanging;
    quiet.inside({"sleep", "100"});
    hanging.set("/hooks", R"({"createRuntime":[{"path":"/bin/sleep","args":["sleep","4"]}]})");
    Shim shim;
    auto& core = shim.core();
    auto const id = shim.running(quiet);
    auto request = shim.request(hanging);
    auto creating = shim.begin(core.create(request));
    shim.run_for(300ms);
    CHECK_FALSE(creating->has_value());
    auto const begun = std::chrono::steady_clock::now();
    CHECK(core.state({request.id, ""}).error().kind == Kind::not_found);
    CHECK(outcome(shim.run(core.kill({request.id, ""}, SIGTERM, false))).kind == Kind::not_found);
    CHECK(outcome(shim.run(core.create(request))).kind == Kind::exists);
    CHECK(core.state({id, ""})->phase == shim::Phase::running);
    CHECK(shim.exec(id, "e", {"/inside", "exit", "3"}) > 0);
    CHECK(shim.must(core.wait({id, "e"})).status == 3);
    shim.remove(id);
    CHECK(std::chrono::steady_clock::now() - begun < 2s * suite().patience);
    core.shutdown();
    CHECK(shim.finished == 0); // it is still being created
    REQUIRE(shim.until([&] { return creating->has_value(); }));
    CHECK((*creating)->has_value());
    (void)shim.must(core.remove({request.id, ""}));
    core.shutdown();
    CHECK(shim.finished == 1);
}

TEST_CASE("verbs: shutdown follows the failure of the last create", "[shim]") {
    Bundle bundle;
    bundle.set(
        "/hooks",
        R"({"createRuntime":[{"path":"/bin/sleep","args":["sleep","0.5"]},{"path":"/bin/false"}]})");
    Shim shim;
    auto creating = shim.begin(shim.core().create(shim.request(bundle)));
    shim.run_for(100ms);
    shim.core().shutdown();
    CHECK(shim.finished == 0);
    REQUIRE(shim.until([&] { return creating->has_value(); }));
    CHECK(outcome(**creating).words.starts_with("OCI runtime create failed: "));
    CHECK(shim.finished == 1);
    CHECK(shim.core().containers() == 0);
}
