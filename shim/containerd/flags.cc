// SPDX-License-Identifier: Apache-2.0
// shim/containerd/flags.cc - the command line, as containerd's own shims read it.
#include "containerd/flags.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "core/names.h"

namespace davit::shim::containerd {

namespace {

struct Flag {
    std::string_view name;
    std::string Flags::* text = nullptr;
    bool Flags::* on = nullptr;
};
constexpr Flag known[] = {
    {.name = "namespace", .text = &Flags::name_space},
    {.name = "id", .text = &Flags::id},
    {.name = "address", .text = &Flags::address},
    {.name = "publish-binary", .text = &Flags::publish_binary},
    {.name = "bundle", .text = &Flags::bundle},
    {.name = "socket", .text = &Flags::socket},
    {.name = "debug-socket", .text = &Flags::debug_socket},
    {.name = "debug", .on = &Flags::debug},
    {.name = "info", .on = &Flags::info},
    {.name = "v", .on = &Flags::version},
    {.name = "version", .on = &Flags::version},
};

Result<bool> boolean(std::string_view name, std::string_view value) {
    for (auto const yes : {"true", "1", "t", "T", "TRUE", "True"})
        if (value == yes) return true;
    for (auto const no : {"false", "0", "f", "F", "FALSE", "False"})
        if (value == no) return false;
    return fail(Kind::config, "invalid boolean value ", quoted(value), " for -", name);
}

/// Reads the flag at words[at] and its value; `at` is behind them then.
Result<> read_flag(Flags& flags, std::span<char* const> words, std::size_t& at) {
    std::string_view word = words[at++];
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    auto const equals = word.find('=');
    auto const name = word.substr(0, equals);
    auto const* const flag = std::ranges::find(known, name, &Flag::name);
    if (flag == std::end(known))
        return fail(Kind::config, "flag provided but not defined: -", name);
    if (flag->on != nullptr) {
        auto const value =
            equals == word.npos ? Result<bool>(true) : boolean(name, word.substr(equals + 1));
        if (!value) return std::unexpected(value.error());
        flags.*flag->on = *value;
    } else if (equals != word.npos) {
        flags.*flag->text = word.substr(equals + 1);
    } else if (at < words.size()) {
        flags.*flag->text = words[at++];
    } else {
        return fail(Kind::config, "flag needs an argument: -", name);
    }
    return {};
}

Result<Action> action(std::string_view word) {
    if (word == "start") return Action::start;
    if (word == "delete") return Action::remove;
    return fail(Kind::config, "unknown action ", quoted(word), ": expected start, delete or none");
}

} // namespace

Result<Flags> parse_flags(std::span<char* const> words) {
    Flags flags;
    std::size_t at = 0;
    while (at < words.size() && words[at][0] == '-' && words[at][1] != 0) {
        if (std::string_view(words[at]) == "--") {
            ++at;
            break;
        }
        TRY(read_flag(flags, words, at));
    }
    if (flags.version || flags.info) return flags;
    if (at < words.size()) {
        flags.action = TRY(action(words[at]));
    }
    if (flags.name_space.empty()) return fail(Kind::config, "shim namespace cannot be empty");
    for (auto const& [what, id] :
         {std::pair<char const*, std::string_view>{"namespace", flags.name_space},
          {"id", flags.id}})
        TRY(check_id(what, id));
    return flags;
}

} // namespace davit::shim::containerd
