// SPDX-License-Identifier: Apache-2.0
// test/catch/catch.h - Catch2 of either sort: Debian 12 has version 2, Debian 13 version 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;
namespace Catch { // by the names of version 2
using TestEventListenerBase = EventListenerBase;
inline unsigned rngSeed() { return getSeed(); }
} // namespace Catch
#else
#include <catch2/catch.hpp>
#endif

#include <string_view>

namespace unit {

/// `if (unit::skip_unless(condition, "why not here")) return;` test/run counts the line, and shows
/// it. (Catch2 2 has no word for it: the test warns and passes.)
inline bool skip_unless(bool can_run, std::string_view reason) {
    if (!can_run) WARN("SKIP: " << reason);
    return !can_run;
}

} // namespace unit
