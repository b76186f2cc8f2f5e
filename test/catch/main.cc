// SPDX-License-Identifier: Apache-2.0
// test/catch/main.cc - main() of the unit tests, compiled once for all programs.
#define CATCH_CONFIG_RUNNER
#include "catch.h"

int main(int count, char** words) { return Catch::Session().run(count, words); }
