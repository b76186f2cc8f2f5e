// SPDX-License-Identifier: Apache-2.0
// tools/usage.h - --help, made from the tables that also read the command line.
#pragma once

#include <string>

#include "verb.h"

namespace davit::cli {

/// "davit --help".
[[nodiscard]] std::string overview();

/// "davit VERB --help".
[[nodiscard]] std::string describe(Verb const& verb);

/// "davit kill [options] ID [SIGNAL]".
[[nodiscard]] std::string usage(Verb const& verb);

} // namespace davit::cli
