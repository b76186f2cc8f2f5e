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
