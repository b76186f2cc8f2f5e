// SPDX-License-Identifier: Apache-2.0
// tools/manual.h - the man pages, made from the tables that also read the command line. man(7).
#pragma once

#include <string>

#include "verb.h"

namespace davit::cli {

/// davit(8).
[[nodiscard]] std::string manual();

/// davit-create(8), …
[[nodiscard]] std::string manual(Verb const& verb);

} // namespace davit::cli
