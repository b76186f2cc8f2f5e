// SPDX-License-Identifier: Apache-2.0
// tools/options.h - reading a command line by a table of options; the same rows make --help.
//
// A process carries out one command, so an option's value goes straight to a variable of the
// file that declares the option, and the variable's initial value is the default.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "davit/result.h"

namespace davit::cli {

struct Option {
    std::string_view name;       ///< without dashes
    char letter;                 ///< the short form, or '\0'
    std::string_view value_name; ///< "" for a switch; "a|b" accepts these words alone
    std::string_view help;
    std::variant<bool*, unsigned*, std::string*> target;
};

using OptionList = std::span<Option const>;
using Words = std::vector<std::string_view>;

/// Where options end, if no "--" ends them before.
enum class Options {
    anywhere,          ///< between and after the other words, too
    before_first_word, ///< the first word and everything behind it is left alone
};

/// Sets the options' targets and returns the other words. Kind::config for a wrong command line.
///
/// Long options may have one dash or two, as in Go's flag package: go-runc passes -no-subreaper.
[[nodiscard]] Result<Words> parse(std::span<OptionList const> lists, Words const& words,
                                  Options where);

/// Whether `words` fit a synopsis such as "ID [SIGNAL]", in which "[…]" may be absent and "…..."
/// may be repeated. Kind::config says what is missing or too much.
[[nodiscard]] Result<> check_words(std::string_view synopsis, Words const& words);

} // namespace davit::cli
