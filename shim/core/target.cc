// SPDX-License-Identifier: Apache-2.0
// shim/core/target.cc - the few URIs that containerd's clients use for stdio. RFC 3986.
#include "core/target.h"

#include "base/result.h"
#include "core/names.h"

namespace davit::shim {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// "%2F" is a "/"; in a query, "+" is a space.
std::string decoded(std::string_view text, bool is_query) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const escaped = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
                             && hex_value(text[i + 2]) >= 0;
        if (escaped) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += is_query && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string_view take_until(std::string_view& rest, char end) {
    auto const part = rest.substr(0, rest.find(end));
    rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : part.size());
    return part;
}

std::vector<std::string> arguments_of(std::string_view query) {
    std::vector<std::string> out;
    while (!query.empty()) {
        auto pair = take_until(query, '&');
        auto const key = take_until(pair, '=');
        if (key.empty()) continue;
        out.push_back(decoded(key, true));
        if (!pair.empty()) out.push_back(decoded(pair, true));
    }
    return out;
}

struct Scheme {
    std::string_view prefix;
    std::string_view what;
    Target::Form form;
};
constexpr Scheme schemes[] = {
    {"fifo://", "stdio fifo://", Target::Form::path},
    {"file://", "stdio file://", Target::Form::file},
    {"binary://", "stdio binary://", Target::Form::binary},
};

} // namespace

Result<Target> parse_target(std::string_view name) {
    if (name.empty()) return Target{};
    auto const scheme_end = name.find("://");
    if (scheme_end == name.npos) {
        TRY(check_path("stdio", name));
        return Target{Target::Form::path, std::string(name), {}};
    }
    for (auto const& scheme : schemes) {
        if (!name.starts_with(scheme.prefix)) continue;
        auto query = name.substr(scheme.prefix.size());
        Target target{scheme.form, decoded(take_until(query, '?'), false), {}};
        TRY(check_path(scheme.what, target.path));
        if (scheme.form == Target::Form::binary) target.arguments = arguments_of(query);
        for (auto const& argument : target.arguments)
            if (argument.contains('\0')) // execve would cut it there
                return fail(Kind::config, scheme.what, ": NUL in ", quoted(argument));
        return target;
    }
    return fail(Kind::unsupported, "stdio ", quoted(name), ": unknown scheme ",
                quoted(name.substr(0, scheme_end)));
}

} // namespace davit::shim
