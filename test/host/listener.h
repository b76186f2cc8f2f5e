// SPDX-License-Identifier: Apache-2.0
// test/host/listener.h - counts what passed, failed and was skipped, and says so as test/run reads
// it.
#pragma once

#include <string>

namespace host {

/// The test that runs now is skipped for that reason.
void note_skip(std::string const& reason);

/// "host: N passed, N failed, N skipped" on standard output.
void print_counts(char const* name);

} // namespace host
