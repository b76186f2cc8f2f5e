// SPDX-License-Identifier: Apache-2.0
// test/host/listener.cc - one line per test case, with its time, and the counts at the end.
//
// Catch2 version 2 knows no skipped tests, and counts one that returned early as passed.

#include "listener.h"

#include <cstdio>

#define CATCH_CONFIG_EXTERNAL_INTERFACES // version 2: the listeners' types
#include "catch.h"
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

namespace host {
namespace {

struct Counts {
    int passed = 0, failed = 0, skipped = 0;
    std::string skip_reason;
};

Counts& counts() {
    static Counts instance;
    return instance;
}

class Lines : public Listener {
  public:
    using Listener::Listener;

    void testCaseStarting(Catch::TestCaseInfo const&) override { counts().skip_reason.clear(); }

    void testCaseEnded(Catch::TestCaseStats const& stats) override {
        auto& now = counts();
        bool const failed = stats.totals.assertions.failed > 0 || stats.aborting;
        bool const skipped = !failed && !now.skip_reason.empty();
        ++(failed ? now.failed : skipped ? now.skipped : now.passed);
        std::string const name(stats
                                   .testInfo
#if __has_include(<catch2/catch_test_macros.hpp>)
                                   ->name
#else
                                   .name
#endif
        );
        std::printf("%s %s%s%s\n",
                    failed    ? "FAIL"
                    : skipped ? "skip"
                              : "ok  ",
                    name.c_str(), skipped ? ": " : "", skipped ? now.skip_reason.c_str() : "");
        std::fflush(stdout);
    }
};

} // namespace

void note_skip(std::string const& reason) {
    auto& all = counts().skip_reason;
    all += (all.empty() ? "" : "; ") + reason;
}

void print_counts(char const* name) {
    auto const& now = counts();
    std::printf("%s: %d passed, %d failed, %d skipped\n", name, now.passed, now.failed,
                now.skipped);
}

CATCH_REGISTER_LISTENER(Lines)

} // namespace host
