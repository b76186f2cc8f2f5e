// SPDX-License-Identifier: Apache-2.0
// shim/containerd/toml.cc - the flat part of a TOML document. https://toml.io/en/v1.0.0
#include "containerd/toml.h"

#include "base/result.h"

namespace davit::shim::containerd {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes a one-line string from the beginning of `rest`. Nothing if it has other escapes than \"
/// and \\.
std::optional<std::string> take_text(std::string_view& rest) {
    char const quote = rest[0];
    std::string text;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        char c = rest[at];
        if (c == quote) {
            rest.remove_prefix(at + 1);
            return text;
        }
        if (c == '\\' && quote == '"') {
            if (++at == rest.size() || (rest[at] != '"' && rest[at] != '\\')) return {};
            c = rest[at];
        }
        text += c;
    }
    return {};
}

bool read_line(std::string_view line, TomlValue& value) {
    auto const equals = line.find('=');
    if (equals == line.npos) return false;
    auto key = trimmed(line.substr(0, equals));
    if (key.size() > 2 && key.front() == '"' && key.back() == '"')
        key = key.substr(1, key.size() - 2);
    value.key = key;
    auto rest = trimmed(line.substr(equals + 1));
    if (rest.starts_with('"') || rest.starts_with('\'')) {
        auto const whole = rest;
        value.text = take_text(rest);
        if (!value.text) return false;
        value.raw = whole.substr(0, whole.size() - rest.size());
        rest = trimmed(rest);
        return !value.key.empty() && (rest.empty() || rest[0] == '#');
    }
    value.raw = trimmed(rest.substr(0, rest.find('#')));
    return !value.key.empty() && !value.raw.empty();
}

} // namespace

Result<std::vector<TomlValue>> read_toml_values(std::string_view document) {
    std::vector<TomlValue> values;
    for (int number = 1; !document.empty(); ++number) {
        auto const line = document.substr(0, document.find('\n'));
        document.remove_prefix(std::min(line.size() + 1, document.size()));
        auto const content = trimmed(line);
        if (content.empty() || content[0] == '#') continue;
        if (content[0] == '[') break;
        if (!read_line(content, values.emplace_back()))
            return fail(Kind::config, "line ", number,
                        ": expected a TOML key and its value, found ", quoted(content));
    }
    return values;
}

} // namespace davit::shim::containerd
