// SPDX-License-Identifier: Apache-2.0
// test/shim/core/threads.cc - a host program with many threads that use the library at once, for
// ThreadSanitizer (test/sanitize).
#include <poll.h>
#include <signal.h>

#include <thread>

#include "davit/runtime.h"
#include "shim.h"

using namespace host;

namespace {

constexpr int threads = 4, rounds = 6;

davit::Runtime runtime_of_suite() {
    auto runtime = davit::Runtime::open({.root = suite().state_root});
    if (!runtime) std::abort();
    return *std::move(runtime);
}

/// The faults that one thread has found: Catch's own checks are for one thread only.
class Findings {
  public:
    template <class T>
    bool good(char const* verb, davit::Result<T> const& result) {
        if (!result) text += std::string(verb) + ": " + result.error().story + "\n";
        return result.has_value();
    }
    /// Another thread may have been faster.
    template <class T>
    bool good_or_late(char const* verb, davit::Result<T> const& result) {
        using enum davit::Kind;
        if (!result
            && (result.error().kind == state || result.error().kind == not_found
                || result.error().kind == exists))
            return false;
        return good(verb, result);
    }
    void must_be(char const* what, int found, int expected) {
        if (found != expected)
            text += std::string(what) + ": " + std::to_string(found) + ", expected "
                    + std::to_string(expected) + "\n";
    }
    std::string text;
};

davit::ExecOptions program(Words const& words) {
    davit::ExecOptions options;
    options.process = [words](davit::spec::Process& process) -> davit::Result<> {
        process.args = words;
        return {};
    };
    return options;
}

/// Its status; -1 if it doesn't end in time.
int end_of(davit::PidFd const& process) {
    pollfd watched{process.number(), POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(10'000 * suite().patience)) != 1) return -1;
    return davit::wait_exit(process).value_or(-2);
}

void live(davit::Runtime& runtime, Bundle const& bundle, Findings& found) {
    auto const id = unique_name();
    auto made = runtime.create(id, {.bundle = bundle.path()});
    if (!found.good("create", made)) return;
    auto& container = made->container;
    found.good("start", container.start());
    auto const executed = container.exec(program({"/inside", "exit", "7"}));
    if (found.good("exec", executed)) found.must_be("exec's status", end_of(executed->process), 7);
    found.good("state", container.state());
    found.good("stats", container.stats());
    found.good("processes", container.processes());
    found.good("kill", container.kill(SIGKILL));
    found.must_be("the container's status", end_of(made->process), 128 + SIGKILL);
    found.good("remove", container.remove(davit::Removal::stopped));
}

void compete(davit::Runtime& runtime, std::string const& id, Bundle const& bundle,
             Findings& found) {
    auto made = runtime.create(id, {.bundle = bundle.path()});
    found.good_or_late("create", made);
    auto container = runtime.find(id);
    if (found.good_or_late("find", container)) {
        found.good_or_late("start", container->start());
        if (auto const executed = container->exec(program({"/inside", "exit", "0"}));
            found.good_or_late("exec", executed))
            (void)end_of(executed->process); // or killed with the container
        found.good_or_late("state", container->state());
        found.good_or_late("kill", container->kill(SIGKILL));
        found.good_or_late("remove", container->remove(davit::Removal::force));
    }
    if (made && end_of(made->process) < 0) found.text += "a container has not come to its end\n";
}

/// Runs `work` in so many threads, so often.
template <class Work>
void at_once(Work work) {
    std::vector<Findings> found(threads);
    std::vector<std::thread> all;
    for (auto& own : found)
        all.emplace_back([&] {
            auto runtime = runtime_of_suite();
            for (int i = 0; i < rounds; ++i) work(runtime, own);
        });
    for (auto& thread : all) thread.join();
    for (auto const& own : found) CHECK(own.text == "");
}

} // namespace

TEST_CASE("threads: each with containers of its own", "[shim][threads]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"}).remove("/linux/cgroupsPath").write();
    at_once([&](davit::Runtime& runtime, Findings& found) { live(runtime, bundle, found); });
}

TEST_CASE("threads: all with the same container", "[shim][threads]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"}).write();
    auto const id = unique_name();
    at_once([&](davit::Runtime& runtime, Findings& found) { compete(runtime, id, bundle, found); });
    if (auto rest = runtime_of_suite().find(id))
        CHECK(rest->remove(davit::Removal::force).has_value());
}

// A race that ThreadSanitizer must find, or it finds nothing here: test/sanitize/threads asks for
// it.
TEST_CASE("race: two threads and one number", "[.race]") {
    int number = 0;
    std::thread other([&] { ++number; });
    ++number;
    other.join();
    CHECK(number > 0);
}
