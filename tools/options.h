// SPDX-License-Identifier: Apache-2.0
// tools/options.h - reads a command line by a table of options. The same rows make --help, the man
// pages and the shells' completion.
//
// A process carries out one command, so an option's value goes straight to a variable of the
// file that declares the option, and the variable's initial value is the default.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "davit/result.h"

namespace davit::cli {

/// Bytes: "64m", "1.5g", "4096"; -1 is "no limit".
struct Size {
    std::optional<std::int64_t>* bytes;
};

/// As Go writes it: "5s", "1m30s", "0.5h", "100ms"; more than zero.
struct Duration {
    std::chrono::nanoseconds* time;
};

/// An option without effect: davit accepts it since runc has it.
struct Ignored {};

/// Where an option's value goes; its type decides which values there may be.
using Target = std::variant<bool*, std::optional<bool>*, unsigned*, std::string*,
                            std::vector<std::string>*,    ///< may be given again: all are kept
                            std::vector<unsigned>*,       ///< the same, of numbers
                            std::optional<std::int64_t>*, ///< a number that need not be given
                            std::optional<std::uint64_t>*, Size, Duration, Ignored>;

struct Option {
    std::string_view name;       ///< without dashes
    char letter;                 ///< the short form, or '\0'
    std::string_view value_name; ///< "" for a switch; "a|b" accepts these words alone; shells
                                 ///< complete a FILE or PATH, and a DIR
    std::string_view help;
    Target target;
    bool hidden = false; ///< obsolete: accepted, but no help mentions it
};

using OptionList = std::span<Option const>;
using Words = std::vector<std::string_view>;

/// Where options end, if no "--" ends them before.
enum class Options {
    anywhere,          ///< also between and after the other words
    before_first_word, ///< the first word and all behind it are left alone
};

/// The row of "--name", "-name" or "-n" without the dashes; null if there is none.
[[nodiscard]] Option const* find_option(std::span<OptionList const> lists, std::string_view name);

/// Sets the options' targets and returns the other words. Kind::config for a wrong command line.
///
/// Long options may have one dash or two, as in Go's flag package: go-runc passes -no-subreaper.
/// Letters aren't combined, as there: "-td" is an option of that name.
[[nodiscard]] Result<Words> parse(std::span<OptionList const> lists, Words const& words,
                                  Options where);

/// Whether `words` fit a synopsis such as "ID [SIGNAL]", in which "[…]" may be absent and "…..."
/// may be repeated. Kind::config says what is missing or too much.
[[nodiscard]] Result<> check_words(std::string_view synopsis, Words const& words);

/// Calls `use` with each word of "a|b|c".
template <class Use>
void each_choice(std::string_view choices, Use use) {
    while (true) {
        auto const bar = choices.find('|');
        use(choices.substr(0, bar));
        if (bar == choices.npos) return;
        choices.remove_prefix(bar + 1);
    }
}

} // namespace davit::cli
