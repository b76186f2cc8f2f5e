// SPDX-License-Identifier: Apache-2.0
// test/host/listener.h - counts the passed, failed and skipped tests, and prints it as test/run
// reads it.
#pragma once

#include <string>

namespace host {

/// Counts the present test as skipped, for that reason.
void note_skip(std::string const& reason);

/// Whether a check of the present test has failed.
bool has_failed();

/// "host: N passed, N failed, N skipped" on standard output.
void print_counts();

/// Starts the suite's budget of time, if it has one. When it is used up, no further test begins. A
/// test that still runs `hung_after` seconds later has failed: the process ends with the counts.
void start_budget();
constexpr int hung_after = 120;

} // namespace host
