// SPDX-License-Identifier: Apache-2.0
// base/toml.h - where things are in a TOML document, so that davit can change one and keep the rest
// as its author wrote it. Runs in: tools, shim.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit {

using TomlPath = std::vector<std::string>;

/// "a.b = value": the line from `begin` to `end`, its newline included.
struct TomlKey {
    TomlPath path;
    std::size_t begin = 0, end = 0;
    std::string_view value; ///< as written
};

/// "[a.b]" and what follows up to the next header. The first table is the one without a header.
struct TomlTable {
    TomlPath path;
    std::size_t begin = 0; ///< of the header's line
    std::size_t body = 0;  ///< behind it
    std::size_t end = 0;
    std::vector<TomlKey> keys;
};

/// The tables of `text`, which the result points into. Kind::config "FILE:LINE: …" for what isn't
/// TOML; of a value, only the end is looked for.
[[nodiscard]] Result<std::vector<TomlTable>> read_toml(std::string_view text,
                                                       std::string const& file);

/// What a value means that is a string in one line: without its quotes. Nothing if it is no such
/// string, or has other escapes than \" and \\.
[[nodiscard]] std::optional<std::string> toml_text(std::string_view value);

} // namespace davit
