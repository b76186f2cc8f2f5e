// SPDX-License-Identifier: Apache-2.0
// tools/options.cc - reading a command line by a table of options.
#include "options.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "contract.h"
#include "failure.h"

namespace davit::cli {

namespace {

Option const* lookup(std::span<OptionList const> lists, std::string_view name) {
    for (auto const& list : lists)
        for (auto const& option : list)
            if (option.name == name || (name.size() == 1 && option.letter == name[0]))
                return &option;
    return nullptr;
}

std::string shown(Option const& option) { return "--" + std::string(option.name); }

std::unexpected<Error> wrong_value(Option const& option, std::string_view value,
                                   std::string const& expected) {
    return failure(Kind::config, "wrong value " + quoted(value) + " for " + shown(option)
                                     + ": expected " + expected);
}

// The words that Go's flag package takes for a bool: callers write --rootless=true, --debug=1.
std::optional<bool> truth(std::string_view text) {
    constexpr std::string_view yes[] = {"true", "1", "t", "T", "True", "TRUE"};
    constexpr std::string_view no[] = {"false", "0", "f", "F", "False", "FALSE"};
    if (std::ranges::find(yes, text) != std::end(yes)) return true;
    if (std::ranges::find(no, text) != std::end(no)) return false;
    return {};
}

// Whether `value` is one of the words of "a|b|c".
bool is_choice(std::string_view choices, std::string_view value) {
    while (true) {
        auto const bar = choices.find('|');
        if (choices.substr(0, bar) == value) return true;
        if (bar == choices.npos) return false;
        choices.remove_prefix(bar + 1);
    }
}

struct Assign {
    Option const& option;
    std::string_view value;

    Result<> operator()(bool* target) const {
        auto const wanted = truth(value);
        if (!wanted) return wrong_value(option, value, "true or false");
        *target = *wanted;
        return {};
    }
    Result<> operator()(unsigned* target) const {
        unsigned number = 0;
        auto const* end = value.data() + value.size();
        auto const [at, problem] = std::from_chars(value.data(), end, number);
        if (problem != std::errc() || at != end) return wrong_value(option, value, "a number");
        *target = number;
        return {};
    }
    Result<> operator()(std::string* target) const {
        bool const any = option.value_name.find('|') == option.value_name.npos;
        if (!any && !is_choice(option.value_name, value))
            return wrong_value(option, value, std::string(option.value_name));
        *target = value;
        return {};
    }
};

Result<> assign(Option const& option, std::string_view value) {
    return std::visit(Assign{option, value}, option.target);
}

} // namespace

Result<Words> parse(std::span<OptionList const> lists, Words const& words, Options where) {
    Words rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const word = words[i];
        if (word == "--") {
            rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        words.end());
            break;
        }
        if (word.size() < 2 || word[0] != '-') { // a lone "-" is a word: some verb's stdin
            if (where == Options::before_first_word) {
                rest.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
                break;
            }
            rest.push_back(word);
            continue;
        }
        auto const name_and_value = word.substr(word[1] == '-' ? 2 : 1);
        auto const equals = name_and_value.find('=');
        auto const* option = lookup(lists, name_and_value.substr(0, equals));
        if (option == nullptr)
            return failure(Kind::config,
                           "unknown option " + quoted(word.substr(0, word.find('='))));

        std::string_view value = "true"; // of a switch
        if (equals != name_and_value.npos) {
            value = name_and_value.substr(equals + 1);
        } else if (!option->value_name.empty()) {
            if (++i == words.size())
                return failure(Kind::config,
                               std::string(contract::needs_argument) + ": " + shown(*option));
            value = words[i];
        }
        if (auto done = assign(*option, value); !done) return std::unexpected(done.error());
    }
    return rest;
}

Result<> check_words(std::string_view synopsis, Words const& words) {
    std::size_t given = 0;
    while (!synopsis.empty()) {
        auto const name = synopsis.substr(0, synopsis.find(' '));
        if (name.find("...") != name.npos && given < words.size()) given = words.size() - 1;
        if (given == words.size() && name[0] != '[')
            return failure(Kind::config, "missing " + std::string(name));
        if (given < words.size()) ++given;
        synopsis.remove_prefix(std::min(name.size() + 1, synopsis.size()));
    }
    if (given < words.size())
        return failure(Kind::config, "unexpected argument " + quoted(words[given]));
    return {};
}

} // namespace davit::cli
