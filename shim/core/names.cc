// SPDX-License-Identifier: Apache-2.0
// shim/core/names.cc - refuses a name that doesn't lead where it says.
#include "core/names.h"

#include <string>

#include "base/result.h"

namespace davit::shim {

namespace {

constexpr std::size_t longest_name = 255; // NAME_MAX

bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }

} // namespace

Result<> check_id(std::string_view what, std::string_view id) {
    if (id.empty() || id.size() > longest_name || id == "." || id == ".." || has_nul(id)
        || id.find('/') != id.npos)
        return fail(Kind::config, "invalid ", what, " ", quoted(id),
                    ": expected 1 to 255 bytes without \"/\"");
    return {};
}

Result<> check_path(std::string_view what, std::string_view path) {
    auto const is_climbing = [&] {
        return ('/' + std::string(path) + '/').find("/../") != path.npos;
    };
    if (!path.starts_with('/') || has_nul(path) || is_climbing())
        return fail(Kind::config, "invalid ", what, " ", quoted(path),
                    ": expected an absolute path without \"..\"");
    return {};
}

} // namespace davit::shim
