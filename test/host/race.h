// SPDX-License-Identifier: Apache-2.0
// test/host/race.h - how long a test races with an attacker.
#pragma once

#include <chrono>
#include <cstdlib>

#include "listener.h"

namespace host {

/// `for (Race race(rounds); race.goes_on();)`: so many rounds; with DAVIT_RACE_SECONDS that many
/// seconds, or until the test has failed.
class Race {
  public:
    explicit Race(int rounds) : rounds_(rounds) {
        if (auto const* const seconds = std::getenv("DAVIT_RACE_SECONDS"))
            seconds_ = std::atoi(seconds);
    }

    bool goes_on() {
        if (seconds_ <= 0) return rounds_-- > 0;
        auto const now = std::chrono::steady_clock::now();
        return !has_failed() && now - begin_ < std::chrono::seconds(seconds_);
    }

  private:
    int rounds_;
    int seconds_ = 0;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace host
