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
#include "stopper.h"

using namespace host;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto limit = 300ms;
constexpr auto soon = 3s; ///< the limit, and a busy machine

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
    davit::spec::Resources slow; // 1 ms of each 400: less than davit's init needs
    slow.cpu.quota = 1000;
    slow.cpu.period = 400'000;
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

    davit::Fd const never(::eventfd(0, EFD_CLOEXEC)); // a caller that could end it, and doesn't
    options.patience.cancel = never.number();
    late = idle.container->exec(options);
    for (int i = 0; i < 10 && late; ++i) {
        end(late->process);
        late = idle.container->exec(options);
    }
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().errnum == ETIMEDOUT);
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
