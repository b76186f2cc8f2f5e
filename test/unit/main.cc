// SPDX-License-Identifier: Apache-2.0
// test/unit/main.cc - main() of the unit tests, compiled once.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
