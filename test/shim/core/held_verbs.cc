// SPDX-License-Identifier: Apache-2.0
// test/shim/core/held_verbs.cc - a container holds up what the shim does for it or for a neighbour:
// kill, delete and the caller's deadline end that, and it takes few fds.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "command.h"
#include "stopper.h"

using namespace host;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_fds = 6; ///< of an exec that is held up

std::size_t open_fds() {
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

namespace {

using Started = std::shared_ptr<std::optional<davit::Result<int>>>;

/// A shim, with a container that stops every process which it sees.
class StoppingPod {
  public:
    explicit StoppingPod(shim::Settings settings = {}) : shim(std::move(settings)) {
        stopper(bundle_);
        id = shim.running(bundle_);
        begin_stopping(bundle_);
    }
    ~StoppingPod() { shim.remove(id); }

    /// Starts an exec that is held up; removes those that were faster than the container.
    std::pair<shim::ProcessId, Started> held_up(shim::Until until = {},
                                                shim::StdioNames const& stdio = {}) {
        for (;;) {
            shim::ProcessId process{id, "e" + std::to_string(count_++)};
            REQUIRE(shim.add(id, process.exec, {"/bin/true"}, stdio).has_value());
            auto started = shim.begin(shim.core().start(process, until));
            shim.run_for(100ms);
            if (!*started) return {process, started};
            if (**started) {
                (void)shim.run(shim.core().kill(process, SIGKILL, false));
                (void)shim.must(shim.core().wait(process));
            }
            (void)shim.must(shim.core().remove(process));
        }
    }
    /// It fails within a moment.
    void must_end(Started const& started) {
        REQUIRE(shim.until([&] { return started->has_value(); }, 3s));
        REQUIRE_FALSE((*started)->has_value());
    }

    [[nodiscard]] std::string path(std::string const& name) const {
        return bundle_.path() + "/" + name;
    }

    Shim shim;
    std::string id;

  private:
    Bundle bundle_;
    int count_ = 0;
};

} // namespace

TEST_CASE("held: kill, delete and the caller's deadline end an exec that is held up",
          "[shim][held]") {
    StoppingPod pod;
    auto& core = pod.shim.core();
    auto const [killed, first] = pod.held_up();
    pod.shim.must(core.kill(killed, SIGKILL, false));
    pod.must_end(first);
    (void)pod.shim.must(core.remove(killed));

    auto const [deleted, second] = pod.held_up();
    (void)pod.shim.must(core.remove(deleted));
    pod.must_end(second);
    CHECK_FALSE(core.state(deleted).has_value());

    auto const [late, third] = pod.held_up(Clock::now() + 1s);
    pod.must_end(third);
    CHECK((*third)->error().errnum == ETIMEDOUT);
    (void)pod.shim.must(core.remove(late));
}

TEST_CASE("held: kill, delete and the caller's deadline end a create that is held up",
          "[shim][held]") {
    StoppingPod pod;
    auto& core = pod.shim.core();
    Bundle bundle;
    plain(bundle);
    auto const pid = pod.shim.must(core.pids(pod.id)).at(0).pid;
    bundle.join_namespace("pid", "/proc/" + std::to_string(pid) + "/ns/pid");
    bundle.write();
    auto const held_up = [&](shim::Until until = {}) -> std::pair<shim::ProcessId, Started> {
        for (;;) {
            auto const request = pod.shim.request(bundle);
            auto made = pod.shim.begin(core.create(request, until));
            pod.shim.run_for(300ms);
            if (!*made) return {{request.id, ""}, made};
            if (**made) pod.shim.remove(request.id);
        }
    };
    auto const gone = [&](shim::ProcessId const& id) {
        CHECK_FALSE(core.state(id).has_value());
        CHECK_FALSE(exists(suite().state_root + "/" + id.container));
    };
    auto const [killed, first] = held_up();
    CHECK_FALSE(pod.shim.good(core.kill(killed, SIGTERM, false)));
    pod.shim.must(core.kill(killed, SIGKILL, false));
    pod.must_end(first);
    CHECK((*first)->error().errnum == ECANCELED);
    gone(killed);

    auto const [deleted, second] = held_up();
    CHECK_FALSE(pod.shim.good(core.remove(deleted))); // "container not created"
    pod.must_end(second);
    gone(deleted);

    auto const [late, third] = held_up(Clock::now() + 1s);
    pod.must_end(third);
    CHECK((*third)->error().errnum == ETIMEDOUT);
    gone(late);
}

TEST_CASE("held: kill, delete and the caller's deadline end a start that is held up",
          "[shim][held]") {
    for (auto const* how : {"kill", "delete", "deadline"}) {
        INFO(how);
        Bundle neighbour;
        stopper(neighbour);
        Shim shim;
        auto& core = shim.core();
        auto const stopping = shim.running(neighbour);
        auto const pid = shim.must(core.pids(stopping)).at(0).pid;
        Bundle bundle;
        plain(bundle);
        bundle.join_namespace("pid", "/proc/" + std::to_string(pid) + "/ns/pid");
        bundle.write();
        auto const request = shim.request(bundle);
        shim::ProcessId const id{request.id, ""};
        auto const stat = "/proc/" + std::to_string(shim.must(core.create(request))) + "/stat";
        begin_stopping(neighbour);
        REQUIRE(eventually([&] { return read_file(stat).find(") T ") != std::string::npos; }));
        auto const late = how == std::string("deadline");
        auto const started =
            shim.begin(core.start(id, late ? shim::Until(Clock::now() + 1s) : shim::Until()));
        shim.run_for(300ms);
        REQUIRE_FALSE(started->has_value());
        if (how == std::string("kill")) shim.must(core.kill(id, SIGKILL, false));
        if (how == std::string("delete")) (void)shim.must(core.remove(id));
        REQUIRE(shim.until([&] { return started->has_value(); }, 3s));
        REQUIRE_FALSE((*started)->has_value());
        if (late) CHECK((*started)->error().errnum == ETIMEDOUT);
        if (how != std::string("delete")) {
            CHECK(shim.must(core.wait(id)).status == 128 + SIGKILL);
            (void)shim.must(core.remove(id));
        }
        CHECK_FALSE(core.state(id).has_value());
        shim.remove(stopping);
    }
}

TEST_CASE("held: kill of an exec that is being started is never lost", "[shim][held]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/process/args", json_list(shell("sleep 100")));
    Shim shim;
    auto const id = shim.running(bundle);
    for (int i = 0; i < 30; ++i) { // at all moments of a start
        shim::ProcessId const process{id, "e" + std::to_string(i)};
        REQUIRE(shim.add(id, process.exec, shell("sleep 100")).has_value());
        auto const started = shim.begin(shim.core().start(process));
        shim.run_for(std::chrono::milliseconds(i + 1));
        bool const killed = shim.good(shim.core().kill(process, SIGKILL, false));
        REQUIRE(shim.until([&] { return started->has_value(); }));
        if (!killed) shim.must(shim.core().kill(process, SIGKILL, false)); // it came too early
        if (**started) CHECK(shim.must(shim.core().wait(process)).status == 128 + SIGKILL);
        (void)shim.must(shim.core().remove(process));
    }
    shim.remove(id);
}

TEST_CASE("held: the caller's deadline counts while the container is paused", "[shim][held]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups")) return;
    StoppingPod pod;
    auto const [process, started] = pod.held_up(Clock::now() + 2s);
    auto const verb = [&](char const* name) {
        return Command({suite().runtime, "--root", suite().state_root, name, pod.id}).wait().status;
    };
    CHECK(verb("pause") == 0);
    CHECK(pod.shim.until([&] { return started->has_value(); }, 15s)); // on v1 none dies so soon
    CHECK(verb("resume") == 0);
    REQUIRE_FALSE((*started)->has_value());
    CHECK((*started)->error().errnum == ETIMEDOUT);
}

TEST_CASE("held: the container's end ends an exec that is held up", "[shim][held]") {
    StoppingPod pod;
    auto const [process, started] = pod.held_up();
    pod.shim.must(pod.shim.core().kill({pod.id, ""}, SIGKILL, false));
    pod.must_end(started);
}

TEST_CASE("held: of one container not more than so many execs are started at a time",
          "[shim][held]") {
    StoppingPod pod({.containerd_namespace = {}, .finish = {}, .execs_under_way = 2});
    auto const one = pod.held_up(), other = pod.held_up();
    REQUIRE(pod.shim.add(pod.id, "more", {"/bin/true"}).has_value());
    shim::ProcessId const id{pod.id, "more"};
    auto const refused = [&](Started const& more) {
        pod.must_end(more);
        CHECK((*more)->error().errnum == EUSERS);
        CHECK((*more)->error().story.find("2 execs are being started") != std::string::npos);
    };
    refused(pod.shim.begin(pod.shim.core().start(id, Clock::now() + 300ms)));
    auto more = pod.shim.begin(pod.shim.core().start(id));
    pod.shim.run_for(100ms);
    REQUIRE_FALSE(more->has_value());
    pod.shim.must(pod.shim.core().kill(id, SIGKILL, false));
    refused(more);
    more = pod.shim.begin(pod.shim.core().start(id));
    pod.shim.run_for(100ms);
    CHECK_FALSE(more->has_value());
    for (auto const& [process, started] : {one, other}) { // then `more` may be held up, too
        pod.shim.must(pod.shim.core().kill(process, SIGKILL, false));
        pod.must_end(started);
    }
    (void)pod.shim.run(pod.shim.core().kill(id, SIGKILL, false));
    REQUIRE(pod.shim.until([&] { return more->has_value(); }, 15s));
}

TEST_CASE("held: an exec that is held up has few fds", "[shim][held]") {
    StoppingPod pod;
    auto const before = open_fds();
    auto const one = pod.held_up(), two = pod.held_up(), three = pod.held_up();
    pod.shim.run_for(3s); // what the shim doesn't need any more goes after a silence
    CHECK(open_fds() <= before + 3 * most_fds + 1); // they share one /dev/null
    for (auto const& [process, started] : {one, two, three}) {
        pod.shim.must(pod.shim.core().kill(process, SIGKILL, false));
        pod.must_end(started);
    }
    CHECK(open_fds() == before);
}

TEST_CASE("held: as many as may be held up leave fds for the pod's other containers",
          "[shim][held]") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit const few{1024, before.rlim_max}; // a shell's usual soft limit, as the shim finds it
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    {
        StoppingPod pod;
        Bundle other;
        other.inside({"sleep", "60"});
        Reader out(pod.path("out")), error(pod.path("err"));
        std::vector<std::pair<shim::ProcessId, Started>> held;
        while (held.size() < 40) held.push_back(pod.held_up({}, {"", out.path(), error.path()}));
        auto const neighbour = pod.shim.running(other);
        CHECK(pod.shim.exec(neighbour, "e", {"/inside", "exit", "0"}) > 0);
        pod.shim.remove(neighbour);
        for (auto const& [process, started] : held) {
            pod.shim.must(pod.shim.core().kill(process, SIGKILL, false));
            pod.must_end(started);
        }
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("held: the shim's own limit of fds is none of its containers'", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/root/readonly", "false").remove("/process/rlimits");
    bundle.set("/process/args", json_list(shell("ulimit -Sn >/own; ulimit -Hn >>/own; sleep 100")));
    auto const hooked = [&](std::string const& when) {
        auto const out = bundle.rootfs("/" + when);
        bundle.set("/hooks/" + when,
                   R"([{"path":"/bin/sh","args":["sh","-c","(ulimit -Sn; ulimit -Hn) >)" + out
                       + R"("]}])");
    };
    bundle.set("/hooks", "{}");
    for (auto const* when : {"createRuntime", "createContainer", "poststart"}) hooked(when);
    Shim shim({.containerd_namespace = {}, .finish = {}, .files = davit::FileLimit{200, 300}});
    auto const id = shim.running(bundle);
    (void)shim.exec(id, "e", shell("ulimit -Sn >/added; ulimit -Hn >>/added"));
    (void)shim.must(shim.core().wait({id, "e"}));
    REQUIRE(shim.until(
        [&] { return read_file(bundle.rootfs("/own")).find('\n') != std::string::npos; }));
    CHECK(read_file(bundle.rootfs("/own")) == "200\n300");
    CHECK(read_file(bundle.rootfs("/added")) == "200\n300");
    for (auto const* when : {"createRuntime", "createContainer", "poststart"})
        CHECK(read_file(bundle.rootfs(std::string("/") + when)) == "200\n300");
    shim.remove(id);
}
