// SPDX-License-Identifier: Apache-2.0
// test/host/catch.h - Catch2 of either sort: Debian 12 has version 2, Debian 13 version 3.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
