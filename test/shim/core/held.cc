// SPDX-License-Identifier: Apache-2.0
// test/shim/core/held.cc - a container that repeatedly stops every process which it sees. It has
// the same user as davit's processes, and no capability. No verb waits for ever for them.
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "command.h"

#include "davit/runtime.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_fds = 6; ///< of an exec that is held up
constexpr auto limit = 300ms;
constexpr auto soon = 3s; ///< the limit, and a busy machine

/// root without a capability.
void plain(Bundle& bundle) {
    for (auto const* set : {"bounding", "effective", "permitted", "ambient", "inheritable"})
        bundle.set(std::string("/process/capabilities/") + set, "[]");
}

void stopper(Bundle& bundle) {
    add_busybox(bundle);
    plain(bundle);
    bundle.set("/process/args",
               json_list(shell("until [ -e /now ]; do sleep 0.01; done; "
                               "echo >/runs; while :; do kill -STOP -1 2>/dev/null; done")));
    bundle.set("/root/readonly", "false");
}

void begin_stopping(Bundle const& bundle) {
    write_file(bundle.rootfs("/now"), "");
    for (auto const end = Clock::now() + 10s; !exists(bundle.rootfs("/runs"));) {
        REQUIRE(Clock::now() < end);
        ::usleep(1000);
    }
}

/// Its process 1 waits for the file "/now", then stops all others of its pid namespace.
class Stopper {
  public:
    explicit Stopper(davit::Runtime& runtime) : id_(unique_name()) {
        stopper(bundle_);
        bundle_.write();
        auto made = runtime.create(id_, {.bundle = bundle_.path()});
        if (!made) FAIL(made.error().story);
        process_ = std::move(made->process);
        pid = made->pid;
        container.emplace(std::move(made->container));
        REQUIRE(container->start().has_value());
    }
    ~Stopper() {
        (void)container->kill(SIGKILL);
        (void)davit::wait_exit(process_);
        CHECK(container->remove(davit::Removal::force).has_value());
    }

    void begin() const { begin_stopping(bundle_); }

    std::optional<davit::Container> container;
    int pid = 0;

  private:
    Bundle bundle_;
    std::string id_;
    davit::PidFd process_;
};

davit::Runtime runtime_of_suite() {
    auto runtime = davit::Runtime::open({.root = suite().state_root});
    REQUIRE(runtime.has_value());
    return *std::move(runtime);
}

std::size_t open_fds() {
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Whether the verb failed because its patience ran out.
template <class T>
bool is_held_up(davit::Result<T> const& result) {
    if (result) return false;
    INFO(result.error().story);
    CHECK(result.error().errnum == ETIMEDOUT);
    CHECK(result.error().story.find("the process was stopped (state T) for 300 ms before it ran "
                                    "its program: it is killed")
          != std::string::npos);
    return true;
}

davit::ExecOptions true_program() {
    davit::ExecOptions options;
    options.process = [](davit::spec::Process& process) -> davit::Result<> {
        process.args = {"/bin/true"};
        return {};
    };
    options.patience.limit = limit;
    return options;
}

/// Retries until the container has held up one.
void until_held_up(std::function<bool()> const& attempt) {
    auto const fds = open_fds();
    int held = 0;
    for (int i = 0; i < 200 && held < 3; ++i) {
        auto const begin = Clock::now();
        held += attempt();
        CHECK(Clock::now() - begin < soon * suite().patience);
    }
    CHECK(held == 3);
    CHECK(open_fds() == fds);
}

void end(davit::PidFd const& process) {
    ::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0);
    (void)davit::wait_exit(process);
}

} // namespace

TEST_CASE("held: exec gives up a process that the container stops", "[shim][held]") {
    auto runtime = runtime_of_suite();
    Stopper stopper(runtime);
    stopper.begin();
    until_held_up([&] {
        auto const executed = stopper.container->exec(true_program());
        if (executed) end(executed->process);
        return is_held_up(executed);
    });
    // The container is as it was.
    CHECK(stopper.container->processes().value_or(std::vector<int>{}).size() == 1);
}

TEST_CASE("held: exec goes on for as long as the container is paused", "[shim][held]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups")) return;
    auto runtime = runtime_of_suite();
    Stopper stopper(runtime);
    REQUIRE(stopper.container->pause().has_value());
    auto options = true_program();
    options.ignore_paused = true;
    options.patience.limit = 50ms;
    auto const begin = Clock::now();
    Command resume({"/bin/sh", "-c",
                    "sleep 0.5; exec " + suite().runtime + " --root " + suite().state_root
                        + " resume " + stopper.container->id()});
    auto const executed = stopper.container->exec(options);
    CHECK(Clock::now() - begin >= 400ms);
    if (!executed) FAIL(executed.error().story);
    CHECK(davit::wait_exit(executed->process).value_or(-1) == 0);
    CHECK(resume.wait().status == 0);
}

TEST_CASE("held: an exec that is only slow has more time", "[shim][held]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups")) return;
    auto runtime = runtime_of_suite();
    Stopper idle(runtime);
    davit::spec::Resources slow; // 1 ms of each second: hardly what davit's init needs
    slow.cpu.quota = 1000;
    slow.cpu.period = 1'000'000;
    auto const updated = idle.container->update(slow);
    if (!updated) FAIL(updated.error().story);

    // A fast machine may do one exec in the rest of that millisecond, but not several one after the
    // other.
    auto options = true_program();
    bool had_more_time = false;
    for (int i = 0; i < 10 && !had_more_time; ++i) {
        auto const begin = Clock::now();
        auto const executed = idle.container->exec(options);
        had_more_time = Clock::now() - begin > limit;
        if (!executed) FAIL(executed.error().story);
        end(executed->process);
    }
    CHECK(had_more_time);

    options.patience.longest = limit;
    auto late = idle.container->exec(options);
    for (int i = 0; i < 10 && late; ++i) {
        end(late->process);
        late = idle.container->exec(options);
    }
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().errnum == ETIMEDOUT);
    CHECK(late.error().story.find("has not come to its program within 300 ms (state ")
          != std::string::npos);

    davit::Fd const never(::eventfd(0, EFD_CLOEXEC)); // only the caller could end it, and doesn't
    options.patience.cancel = never.number();
    auto const waited_for = idle.container->exec(options);
    if (!waited_for) FAIL(waited_for.error().story);
    end(waited_for->process);
}

TEST_CASE("held: create gives up an init that a neighbour stops", "[shim][held]") {
    auto runtime = runtime_of_suite();
    Stopper stopper(runtime);
    stopper.begin();
    Bundle bundle;
    plain(bundle);
    bundle.join_namespace("pid", "/proc/" + std::to_string(stopper.pid) + "/ns/pid");
    bundle.write();
    until_held_up([&] {
        auto const id = unique_name();
        davit::CreateOptions options{.bundle = bundle.path()};
        options.patience.limit = limit;
        auto made = runtime.create(id, options);
        if (!made) {
            CHECK_FALSE(runtime.find(id).has_value());
            return is_held_up(made);
        }
        end(made->process);
        CHECK(made->container.remove(davit::Removal::force).has_value());
        return false;
    });
}

TEST_CASE("held: start kills an init that a neighbour stops", "[shim][held]") {
    auto runtime = runtime_of_suite();
    Stopper stopper(runtime);
    Bundle bundle;
    plain(bundle);
    bundle.join_namespace("pid", "/proc/" + std::to_string(stopper.pid) + "/ns/pid");
    bundle.write();
    auto made = runtime.create(unique_name(), {.bundle = bundle.path()});
    if (!made) FAIL(made.error().story);
    stopper.begin();
    auto const stat = "/proc/" + std::to_string(made->pid) + "/stat";
    while (read_file(stat).find(") T ") == std::string::npos) ::usleep(1000);
    auto const begin = Clock::now();
    auto const started = made->container.start(nullptr, {.limit = limit});
    CHECK(Clock::now() - begin < soon * suite().patience);
    CHECK(is_held_up(started));
    CHECK(davit::wait_exit(made->process).value_or(-1) == 128 + SIGKILL);
    auto const state = made->container.state();
    REQUIRE(state.has_value());
    CHECK(state->status == davit::spec::Status::stopped);
    CHECK(made->container.remove(davit::Removal::stopped).has_value());
}

TEST_CASE("held: who has the fd of a verb's patience ends it", "[shim][held]") {
    auto runtime = runtime_of_suite();
    Stopper stopper(runtime);
    stopper.begin();
    davit::Fd const cancelled(::eventfd(1, EFD_CLOEXEC));
    until_held_up([&] {
        auto options = true_program();
        options.patience = {.limit = 30s, .cancel = cancelled.number()};
        auto const executed = stopper.container->exec(options);
        if (executed) end(executed->process);
        if (executed || executed.error().errnum != ECANCELED) return false;
        CHECK(executed.error().story.find("cancelled before the process ran its program")
              != std::string::npos);
        return true;
    });
}

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
    std::pair<shim::ProcessId, Started> held_up(shim::Until until = {}) {
        for (;;) {
            shim::ProcessId process{id, "e" + std::to_string(count_++)};
            REQUIRE(shim.add(id, process.exec, {"/bin/true"}).has_value());
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
