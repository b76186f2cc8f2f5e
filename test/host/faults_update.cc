// SPDX-License-Identifier: Apache-2.0
// test/host/faults_update.cc - update: every system call fails once, and once davit is killed at
// it.
//
// After a failure the limits are all as before; the next update works.

#include <cerrno>

#include "box.h"
#include "catch.h"
#include "faulted.h"
#include "updated.h"

using namespace host;

namespace {

std::string const eio = std::to_string(EIO);

/// Its limits are the old ones, or those of one update: `update` sets several of each controller.
class Updated {
  public:
    Updated() : box_(bundle_) {
        REQUIRE(set(old_limits, {}).status == 0);
        old_ = limits();
        REQUIRE(set(new_limits, {}).status == 0);
        new_ = limits();
        REQUIRE(old_ != new_);
    }
    Outcome to_old() const { return set(old_limits, {}); }
    /// `fault`: how the update to the new limits fails.
    Outcome to_new(Words const& fault) const { return set(new_limits, fault); }
    std::vector<Call> calls(bool all_that_may_fail) const {
        return calls_of(words(new_limits), all_that_may_fail);
    }
    std::string limits() const { return shown(limits_now(bundle_)); }
    std::string const& old_limits_shown() const { return old_; }
    std::string const& new_limits_shown() const { return new_; }
    Box const& box() const { return box_; }

  private:
    struct Limit {
        char const* controller;
        Words options;
    };
    using Limits = std::vector<Limit>;
    inline static Limits const old_limits = {
        {"memory", {"--memory", "128m", "--memory-reservation", "32m"}},
        {"cpu", {"--cpu-share", "512", "--cpu-quota", "50000", "--cpu-period", "100000"}},
        {"pids", {"--pids-limit", "37"}},
    };
    inline static Limits const new_limits = {
        {"memory", {"--memory", "256m", "--memory-reservation", "64m"}},
        {"cpu", {"--cpu-share", "1024", "--cpu-quota", "20000", "--cpu-period", "50000"}},
        {"pids", {"--pids-limit", "41"}},
    };

    Words words(Limits const& limits) const {
        Words words = {"update"};
        for (auto const& limit : limits)
            if (!controller(limit.controller).empty())
                words.insert(words.end(), limit.options.begin(), limit.options.end());
        words.push_back(box_.id());
        return davit(words);
    }
    Outcome set(Limits const& limits, Words const& fault) const {
        return run(fault.empty() ? words(limits) : with_fault(fault, words(limits)), impatient());
    }

    Bundle bundle_;
    Box box_;
    std::string old_, new_;
};

bool nothing_to_update() {
    return skip_unless(!controller("memory").empty() || !controller("cpu").empty()
                           || !controller("pids").empty(),
                       "no controller here that can be updated");
}

} // namespace

TEST_CASE("faults: every system call of update fails once", "[faults][update]") {
    if (nothing_to_update()) return;
    Updated const updated;
    Sample(updated.calls(true), 300).each([&](Call const& call) {
        REQUIRE(updated.to_old().status == 0);
        REQUIRE(updated.limits() == updated.old_limits_shown());
        auto const ran = updated.to_new({call.role, call.index, eio});
        INFO(told(call) << ": status " << ran.status << ", " << ran.err);
        CHECK_FALSE(ran.timed_out);
        if (ran.status != 0) CHECK_FALSE(ran.err.empty());
        CHECK(updated.limits()
              == (ran.status == 0 ? updated.new_limits_shown() : updated.old_limits_shown()));
    });
    CHECK(updated.box().status() == "running");
}

TEST_CASE("faults: update is killed at every system call, the next one works", "[faults][update]") {
    if (nothing_to_update()) return;
    Updated const updated;
    Sample(updated.calls(false), 300).each([&](Call const& call) {
        REQUIRE(updated.to_old().status == 0);
        auto const killed = updated.to_new({call.role, call.index, "kill"});
        INFO(told(call) << ": status " << killed.status << ", " << killed.err);
        CHECK_FALSE(killed.timed_out);
        auto const again = updated.to_new({});
        INFO("again: " << again.err);
        CHECK(again.status == 0);
        CHECK(updated.limits() == updated.new_limits_shown());
        CHECK(updated.box().status() == "running");
    });
}
