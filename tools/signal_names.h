// SPDX-License-Identifier: Apache-2.0
// tools/signal_names.h - signals as users write them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace davit::cli {

/// Of "9", "KILL", "sigkill", "RTMIN+3", "SIGRTMAX-1": the number, 0 (tests whether the process is
/// there) to 64.
[[nodiscard]] std::optional<int> signal_number(std::string_view text);

struct SignalName {
    std::string_view name; ///< without SIG
    int number;
};

/// All but the realtime signals.
[[nodiscard]] std::span<SignalName const> signal_names();

} // namespace davit::cli
