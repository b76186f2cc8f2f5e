// SPDX-License-Identifier: Apache-2.0
// tools/verbs.h - the table of verbs.
#pragma once

#include <span>
#include <string_view>

#include "verb.h"

namespace davit::cli {

/// davit itself: the texts of davit(8). Its run() is null.
extern Verb const program;

/// In the order of --help.
[[nodiscard]] std::span<Verb const* const> all_verbs();

/// Null if there is none of that name.
[[nodiscard]] Verb const* find_verb(std::string_view name);

/// Reports that no verb has that name; returns the exit code.
int unknown_verb(Log const& log, std::string_view name);

} // namespace davit::cli
