// SPDX-License-Identifier: Apache-2.0
// test/host/listener.h - counts what passed, failed and was skipped, and says so as test/run reads
// it.
#pragma once

#include <string>

namespace host {

/// The test that runs now is skipped for that reason.
void note_skip(std::string const& reason);

/// Whether something in the test that runs now has failed.
bool has_failed();

/// "host: N passed, N failed, N skipped" on standard output.
void print_counts();

/// The suite's budget of time, if it has one, begins. When it is used up no test begins any more,
/// and one that still runs `hung_after` seconds later has failed: the process ends with the counts.
void start_budget();
constexpr int hung_after = 120;

} // namespace host
