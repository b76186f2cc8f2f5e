// SPDX-License-Identifier: Apache-2.0
// tools/options.cc - reads a command line by a table of options.
#include "options.h"

#include <algorithm>

#include "base/result.h"
#include "davit/contract.h"
#include "option_values.h"

namespace davit::cli {

namespace {

std::string dashed(Option const& option) { return "--" + std::string(option.name); }

// Reads a value into the option's target.
struct Assign {
    Option const& option;
    std::string_view value;

    Result<> wrong(std::string_view expected) const {
        return fail(Kind::config, "wrong value ", quoted(value), " for ", dashed(option),
                    ": expected ", expected);
    }
    template <class Number>
    Result<> number(auto use) const {
        auto const number = davit::parse<Number>(value);
        if (!number) return wrong("a number");
        use(*number);
        return {};
    }

    Result<> truth(auto use) const {
        auto const wanted = read_truth(value);
        if (!wanted) return wrong("true or false");
        use(*wanted);
        return {};
    }

    Result<> operator()(bool* target) const {
        return truth([&](bool wanted) { *target = wanted; });
    }
    Result<> operator()(std::optional<bool>* target) const {
        return truth([&](bool wanted) { *target = wanted; });
    }
    Result<> operator()(unsigned* target) const {
        return number<unsigned>([&](unsigned n) { *target = n; });
    }
    Result<> operator()(std::vector<unsigned>* target) const {
        return number<unsigned>([&](unsigned n) { target->push_back(n); });
    }
    template <class Number>
    Result<> operator()(std::optional<Number>* target) const {
        return number<Number>([&](Number n) { *target = n; });
    }
    Result<> operator()(std::string* target) const {
        bool fits = option.value_name.find('|') == option.value_name.npos;
        if (!fits) each_choice(option.value_name, [&](auto choice) { fits |= choice == value; });
        if (!fits) return wrong(option.value_name);
        *target = value;
        return {};
    }
    Result<> operator()(std::vector<std::string>* target) const {
        target->emplace_back(value);
        return {};
    }
    Result<> operator()(Size target) const {
        auto const bytes = read_size(value);
        if (!bytes) return wrong("a size such as 64m, or -1 for no limit");
        *target.bytes = bytes;
        return {};
    }
    Result<> operator()(Duration target) const {
        auto const time = read_duration(value);
        if (!time) return wrong("a time such as 5s or 100ms");
        if (time->count() <= 0)
            return fail(Kind::config, "duration ", option.name, contract::not_positive);
        *target.time = *time;
        return {};
    }
    Result<> operator()(Ignored) const { return {}; }
};

Result<> assign(Option const& option, std::string_view value) {
    return std::visit(Assign{option, value}, option.target);
}

} // namespace

Option const* find_option(std::span<OptionList const> lists, std::string_view name) {
    for (auto const& list : lists)
        for (auto const& option : list)
            if (option.name == name || (name.size() == 1 && option.letter == name[0]))
                return &option;
    return nullptr;
}

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
        auto const* option = find_option(lists, name_and_value.substr(0, equals));
        if (option == nullptr)
            return fail(Kind::config, "unknown option ", quoted(word.substr(0, word.find('='))));

        std::string_view value = "true"; // of a switch
        if (equals != name_and_value.npos) {
            value = name_and_value.substr(equals + 1);
        } else if (!option->value_name.empty()) {
            if (++i == words.size())
                return fail(Kind::config, contract::needs_argument, ": ", dashed(*option));
            value = words[i];
        }
        TRY(assign(*option, value));
    }
    return rest;
}

Result<> check_words(std::string_view synopsis, Words const& words) {
    std::size_t given = 0;
    while (!synopsis.empty()) {
        auto const name = synopsis.substr(0, synopsis.find(' '));
        if (name.find("...") != name.npos && given < words.size()) given = words.size() - 1;
        if (given == words.size() && name[0] != '[') return fail(Kind::config, "missing ", name);
        if (given < words.size()) ++given;
        synopsis.remove_prefix(std::min(name.size() + 1, synopsis.size()));
    }
    if (given < words.size())
        return fail(Kind::config, "unexpected argument ", quoted(words[given]));
    return {};
}

} // namespace davit::cli
