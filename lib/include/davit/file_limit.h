// SPDX-License-Identifier: Apache-2.0
// davit/file_limit.h - RLIMIT_NOFILE of what the library starts. setrlimit(2).
#pragma once

#include <cstdint>
#include <optional>

namespace davit {

/// RLIMIT_NOFILE.
struct FileLimit {
    std::uint64_t soft = 0, hard = 0;
};

/// For a caller that has raised its own limit: sets the limit of hooks, and of processes for which
/// config.json has none. Absent: they get the caller's. It holds for the whole calling process:
/// call it while no other thread uses the library.
void set_file_limit(std::optional<FileLimit> const& limit);

/// What set_file_limit() has set.
[[nodiscard]] std::optional<FileLimit> const& file_limit();

} // namespace davit
