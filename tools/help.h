// SPDX-License-Identifier: Apache-2.0
// tools/help.h - --help, made from the tables that the command line is read by.
#pragma once

#include <span>
#include <string>

#include "verb.h"

namespace davit::cli {

/// "davit --help".
[[nodiscard]] std::string overview(std::span<Verb const* const> verbs, OptionList globals);

/// "davit VERB --help".
[[nodiscard]] std::string describe(Verb const& verb, OptionList help_option);

/// "davit kill [options] ID [SIGNAL]".
[[nodiscard]] std::string usage(Verb const& verb);

} // namespace davit::cli
