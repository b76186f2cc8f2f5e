// SPDX-License-Identifier: Apache-2.0
// safe/file_limit.cc - RLIMIT_NOFILE of the processes that davit starts. Runs in: parent.
// setrlimit(2).
#include "safe/file_limit.h"

#include "sys/process.h"

namespace davit {

namespace {
std::optional<FileLimit> wanted;
} // namespace

void set_file_limit(std::optional<FileLimit> const& limit) { wanted = limit; }

std::optional<FileLimit> const& file_limit() { return wanted; }

void safe::take_file_limit() {
    // If the kernel refuses, the process has a higher limit than wanted.
    if (wanted) (void)sys::setrlimit(0, RLIMIT_NOFILE, rlimit{wanted->soft, wanted->hard});
}

} // namespace davit
