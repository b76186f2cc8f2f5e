// SPDX-License-Identifier: Apache-2.0
// tools/option_values.h - the values of options, read as Go's flag package and go-units read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace davit::cli {

/// The words that callers write: --rootless=true, --debug=1.
[[nodiscard]] std::optional<bool> read_truth(std::string_view text);

/// Bytes; units are powers of 1024, in letters of any case: "64m", "64MB", "64 MiB", "1.5g". "-1"
/// is -1, which stands for "no limit".
[[nodiscard]] std::optional<std::int64_t> read_size(std::string_view text);

/// "1h30m", "1.5s", "300ms": every number needs its unit (ns us ms s m h). At most 290 years.
[[nodiscard]] std::optional<std::chrono::nanoseconds> read_duration(std::string_view text);

} // namespace davit::cli
