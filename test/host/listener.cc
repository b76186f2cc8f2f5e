// SPDX-License-Identifier: Apache-2.0
// test/host/listener.cc - one line per test case, the counts at the end, and an end by the budget.
//
// Catch2 version 2 knows no skipped tests, and counts one that returned early as passed.

#include "listener.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "suite.h"

#define CATCH_CONFIG_EXTERNAL_INTERFACES // version 2: the listeners' types
#include "catch.h"
using Listener = Catch::TestEventListenerBase;

namespace host {
namespace {

struct Counts {
    int passed = 0, failed = 0, skipped = 0;
    bool has_failed = false; ///< the test that runs
    std::string running, skip_reason;
};

Counts& counts() {
    static Counts instance;
    return instance;
}

using Clock = std::chrono::steady_clock;
Clock::time_point& end() {
    static Clock::time_point instance = Clock::time_point::max();
    return instance;
}

// Catch2 can't leave out a test that it has chosen: so the process ends between two tests.
[[noreturn]] void stop() {
    print_counts();
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(counts().failed ? 1 : 0);
}

void hung(int) { // prints in a signal handler: all that waits is a test that would never end
    ++counts().failed;
    std::printf("FAIL %s: hangs\n", counts().running.c_str());
    stop();
}

class Lines : public Listener {
  public:
    using Listener::Listener;

    void testCaseStarting(Catch::TestCaseInfo const& test) override {
        if (Clock::now() >= end()) {
            std::printf("no time left for \"%s\" and what follows\n", test.name.c_str());
            stop();
        }
        counts().skip_reason.clear();
        counts().has_failed = false;
        counts().running = test.name;
    }

    bool assertionEnded(Catch::AssertionStats const& stats) override {
        counts().has_failed |= !stats.assertionResult.succeeded();
        return true;
    }

    void testCaseEnded(Catch::TestCaseStats const& stats) override {
        auto& now = counts();
        bool const failed = stats.totals.assertions.failed > 0 || stats.aborting;
        bool const skipped = !failed && !now.skip_reason.empty();
        ++(failed ? now.failed : skipped ? now.skipped : now.passed);
        std::printf("%s %s%s%s\n",
                    failed    ? "FAIL"
                    : skipped ? "skip"
                              : "ok  ",
                    now.running.c_str(), skipped ? ": " : "",
                    skipped ? now.skip_reason.c_str() : "");
        std::fflush(stdout);
    }
};

} // namespace

void note_skip(std::string const& reason) {
    auto& all = counts().skip_reason;
    all += (all.empty() ? "" : "; ") + reason;
}

bool has_failed() { return counts().has_failed; }

void print_counts() {
    auto const& now = counts();
    std::printf("%s: %d passed, %d failed, %d skipped\n", suite().name.c_str(), now.passed,
                now.failed, now.skipped);
}

void start_budget() {
    if (suite().budget <= 0) return;
    end() = Clock::now() + std::chrono::seconds(suite().budget);
    ::signal(SIGALRM, hung);
    ::alarm(static_cast<unsigned>(suite().budget + hung_after));
}

CATCH_REGISTER_LISTENER(Lines)

} // namespace host
